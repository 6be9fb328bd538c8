/** Tests of the arguments of the command-line program. */
import { expect, test } from 'vitest';
import { readArguments, USAGE } from './arguments.ts';

const nowMs = () => 1_800_000_000_000;

function optionsOf(...args: string[]) {
  const command = readArguments(args, nowMs);
  if (command.kind !== 'run') throw new Error(JSON.stringify(command));
  return command;
}

test('Without arguments, the simulator listens on its own port with the defaults of the library', () => {
  expect(optionsOf()).toEqual({ kind: 'run', options: { port: 12_111 }, webhooks: [] });
});

test.each<[string[], object]>([
  [['--port', '0', '--host', '::1'], { port: 0, host: '::1' }],
  [['--allow-host', 'a', '--allow-host', 'b'], { allowedHosts: ['a', 'b'] }],
  [['--state', 'x.json'], { statePath: 'x.json' }],
  [['--api-key', 'sk_test_1'], { apiKeys: ['sk_test_1'] }],
  [['--api-version', '2025-02-24.acacia'], { apiVersion: '2025-02-24.acacia' }],
  [['--retry-days', '1,2.5'], { paymentRetryDays: [1, 2.5] }],
  [['--retry-days', ''], { paymentRetryDays: [] }],
  [['--after-last-retry', 'unpaid'], { afterLastPaymentRetry: 'unpaid' }],
  [['--webhook-retry-delays', '0,50'], { webhookRetryDelaysMs: [0, 50] }],
  [['--webhook-timeout', '20'], { webhookTimeoutMs: 20 }],
  [['--seed', 'one'], { seed: 'one' }],
  [['--lenient'], { lenient: true }],
  [['--rate-limits', 'live'], { rateLimits: 'live' }],
  [['--search-lag', '60'], { searchLagSeconds: 60 }],
])('%j sets %j', (args, options) => {
  expect(optionsOf(...args).options).toEqual({ port: 12_111, ...options });
});

test('All webhooks get the secret, the events and the version', () => {
  const settings = ['--webhook-secret', 'whsec_1', '--webhook-events', 'invoice.*, customer.created'];
  const { webhooks } = optionsOf(
    '--webhook',
    'http://127.0.0.1:1/a',
    '--webhook',
    'http://127.0.0.1:1/b',
    ...settings,
    '--webhook-api-version',
    '2025-02-24.acacia',
  );
  const rest = {
    secret: 'whsec_1',
    enabledEvents: ['invoice.*', 'customer.created'],
    apiVersion: '2025-02-24.acacia',
  };
  expect(webhooks).toEqual([
    { url: 'http://127.0.0.1:1/a', ...rest },
    { url: 'http://127.0.0.1:1/b', ...rest },
  ]);
});

test('The clock starts at the given time and runs on, and signatures are never older than this machine', () => {
  let passed = 0;
  const command = readArguments(['--clock', '2020-01-01'], () => nowMs() + passed);
  if (command.kind !== 'run') throw new Error('Expected options.');
  passed = 5_000;
  expect(command.options.now?.()).toBe(Date.UTC(2020, 0, 1) + 5_000);
  expect(command.options.signedAt?.(1)).toBe(nowMs() + 5_000);
  expect(command.options.signedAt?.(Date.UTC(2100))).toBe(Date.UTC(2100));
});

test.each<[string[], string]>([
  [['--nonsense'], "Unknown option '--nonsense'"],
  [['file.json'], "Unexpected argument 'file.json'"],
  [['--port', 'x'], '--port must be an integer from 0 to 65535, not x.'],
  [['--port', ''], '--port must be an integer from 0 to 65535, not .'],
  [['--port', '65536'], '--port must be an integer from 0 to 65535, not 65536.'],
  [['--retry-days', '3,x'], '--retry-days must be a list of days such as 3,5,7, not 3,x.'],
  [['--retry-days', '0'], '--retry-days must be a list of days such as 3,5,7, not 0.'],
  [['--webhook-retry-delays', '1,,2'], '--webhook-retry-delays must be a list of milliseconds'],
  [
    ['--after-last-retry', 'never'],
    '--after-last-retry must be one of canceled, unpaid, past_due, not never.',
  ],
  [['--rate-limits', 'all'], '--rate-limits must be one of live, test, not all.'],
  [['--search-lag=-1'], '--search-lag must be an integer from 0 on, not -1.'],
  [['--api-version', 'latest'], '--api-version must be a version such as 2026-10-28.endive, not latest.'],
  [['--webhook', 'localhost'], '--webhook must be a URL, not localhost.'],
  [['--webhook-secret', 'whsec_1'], '--webhook-secret, --webhook-events and --webhook-api-version need'],
  [['--clock', 'noon'], '--clock must be a time such as 2027-01-15T12:00:00Z, not noon.'],
  [['--clock', '2027-01-15', '--state', 'x'], '--clock cannot be used with --state, which keeps the time.'],
])('%j is a mistake that the message explains', (args, message) => {
  expect(readArguments(args, nowMs)).toEqual({ kind: 'mistake', message: expect.stringContaining(message) });
});

test('Every flag is in the help, and --help wins', () => {
  expect(readArguments(['--help', '--lenient'], nowMs)).toEqual({ kind: 'help' });
  const described = [...USAGE.matchAll(/^ {2}--([a-z-]+)/gm)].map(([, name]) => name);
  const unknown = described.filter((name) => {
    const command = readArguments([`--${name}=1`], nowMs);
    return command.kind === 'mistake' && command.message.startsWith('Unknown option');
  });
  expect(unknown).toEqual([]);
  expect(described).toHaveLength(21);
});
