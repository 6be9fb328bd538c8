/** The command-line program: runs the simulator until it is stopped. */
import { parseArgs } from 'node:util';
import { codeOf, StateFileError } from '../simulator-kit/state-error.ts';
import { type StripeSimulator, startStripeSimulator } from './index.ts';

const USAGE = `Usage: stripe-simulator [options]

  --port N                   port to listen on (default 12111; 0 picks a free port)
  --host ADDRESS             address to listen on (default 127.0.0.1)
  --allow-host NAME          answers requests to this name of the machine too; can be repeated
  --state FILE               keeps the state in this JSON file, and in a journal next to it
  --webhook URL              sends all events to this URL; can be repeated
  --retry-days 3,5,7         days between the attempts to collect a renewal
  --after-last-retry STATUS  subscription status after the last failed attempt:
                             canceled (default), unpaid or past_due
  --lenient                  ignores unknown parameters and those that are not simulated,
                             instead of refusing them
  --rate-limits MODE         rejects requests above Stripe's rate limits: live or test
  --help                     shows this help
`;

function fail(message: string): never {
  console.error(`${message}\n\n${USAGE}`);
  process.exit(2);
}

function readArguments() {
  try {
    return parseArgs({
      options: {
        port: { type: 'string', default: '12111' },
        host: { type: 'string', default: '127.0.0.1' },
        'allow-host': { type: 'string', multiple: true, default: [] },
        state: { type: 'string' },
        webhook: { type: 'string', multiple: true, default: [] },
        'retry-days': { type: 'string' },
        'after-last-retry': { type: 'string', default: 'canceled' },
        'rate-limits': { type: 'string' },
        lenient: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    }).values;
  } catch (error) {
    return fail(error instanceof Error ? error.message : String(error));
  }
}

function oneOf<T extends string>(name: string, value: string, choices: readonly T[]): T {
  const found = choices.find((choice) => choice === value);
  return found ?? fail(`--${name} must be one of ${choices.join(', ')}, not ${value}.`);
}

function parseDays(text: string): number[] {
  const days = text === '' ? [] : text.split(',').map(Number);
  if (days.every((count) => count > 0)) return days;
  return fail(`--retry-days must be a list of positive numbers such as 3,5,7, not ${text}.`);
}

const values = readArguments();
if (values.help) {
  console.log(USAGE);
  process.exit(0);
}
const port = Number(values.port);
if (!Number.isInteger(port) || port < 0 || port > 65_535) {
  fail(`--port must be an integer from 0 to 65535, not ${values.port}.`);
}
const { state, 'retry-days': days, 'rate-limits': limits } = values;
const afterLastPaymentRetry = oneOf('after-last-retry', values['after-last-retry'], [
  'canceled',
  'unpaid',
  'past_due',
]);

/** Ends the program with one line, for what the person at the terminal can fix. */
function stopWith(message: string): never {
  console.error(message);
  process.exit(1);
}

async function start(): Promise<StripeSimulator> {
  try {
    return await startStripeSimulator({
      host: values.host,
      port,
      afterLastPaymentRetry,
      allowedHosts: values['allow-host'],
      lenient: values.lenient,
      onStorageFailure: (error) => stopWith(error.message),
      ...(state === undefined ? {} : { statePath: state }),
      ...(days === undefined ? {} : { paymentRetryDays: days === 'smart' ? days : parseDays(days) }),
      ...(limits === undefined ? {} : { rateLimits: oneOf('rate-limits', limits, ['live', 'test']) }),
    });
  } catch (error) {
    if (error instanceof StateFileError) return stopWith(error.message);
    const code = codeOf(error);
    if (code === 'EADDRINUSE')
      return stopWith(`Port ${port} is already in use. Choose another with --port N.`);
    if (code === 'EACCES' || code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
      return stopWith(
        `Cannot listen on ${values.host}:${port} (${code}). Choose others with --host and --port.`,
      );
    }
    throw error;
  }
}

const simulator = await start();
console.log(`Stripe simulator  ${simulator.url}`);
console.log('API key           sk_test_local_simulator');
for (const url of values.webhook) {
  const { secret } = simulator.registerWebhook({ url });
  console.log(`Webhook           ${url}`);
  console.log(`Signing secret    ${secret}`);
}

const stop = () => void simulator.close().then(() => process.exit(0));
process.once('SIGINT', stop);
process.once('SIGTERM', stop);
