/** Reads the arguments of the command-line program. */
import { type ParseArgsConfig, parseArgs } from 'node:util';
import type { EndpointRegistration, StripeSimulatorOptions } from './options.ts';

export const USAGE = `Usage: stripe-simulator [options]

Server
  --port N                     port to listen on (default 12111; 0 picks a free port)
  --host ADDRESS               address to listen on (default 127.0.0.1)
  --allow-host NAME            answers requests to this name of the machine too; can be repeated
  --state FILE                 keeps the state in this JSON file, and in a journal next to it

Account
  --api-key KEY                accepts this API key alone; can be repeated
                               (default: every sk_test_… and rk_test_…)
  --api-version VERSION        for requests and endpoints that name none (default 2026-10-28.endive)
  --retry-days 3,5,7           days between the attempts to collect a renewal, or smart
  --after-last-retry STATUS    subscription status after the last failed attempt:
                               canceled (default), unpaid or past_due

Webhooks
  --webhook URL                sends events to this URL; can be repeated
  --webhook-secret SECRET      signing secret of these endpoints (default: generated)
  --webhook-events a,b.*       types of their events (default: all)
  --webhook-api-version V      version of their events (default: that of the account)
  --webhook-retry-delays MS,…  delays before each retry (default 1000,5000,30000,120000,600000)
  --webhook-timeout MS         how long a delivery waits for the response (default 10000)
  --event-bus URL|FILE         stands in for the event bus of Amazon EventBridge

Behavior
  --clock TIME                 starts the clock at this time, such as 2027-01-15T12:00:00Z
  --seed TEXT                  makes ids repeatable: the same seed gives the same ids
  --lenient                    ignores unknown parameters and those that are not simulated,
                               instead of refusing them
  --rate-limits MODE           rejects requests above Stripe's rate limits: live or test
  --search-lag SECONDS         how long search does not find a new record (default 0)

  --help                       shows this help
`;

export type Command =
  | { readonly kind: 'help' }
  | { readonly kind: 'mistake'; readonly message: string }
  | {
      readonly kind: 'run';
      readonly options: StripeSimulatorOptions;
      readonly webhooks: readonly EndpointRegistration[];
    };

/** What only a program in the same process can pass. `now` and `signedAt` follow from `--clock`. */
type LibraryOnly = 'now' | 'signedAt' | 'onClockMove' | 'onStorageFailure' | 'observer';

/** The flag of each option: every option that a command line can express has one. */
const flagOf = {
  port: 'port',
  host: 'host',
  allowedHosts: 'allow-host',
  statePath: 'state',
  apiKeys: 'api-key',
  apiVersion: 'api-version',
  paymentRetryDays: 'retry-days',
  afterLastPaymentRetry: 'after-last-retry',
  webhookRetryDelaysMs: 'webhook-retry-delays',
  webhookTimeoutMs: 'webhook-timeout',
  eventBus: 'event-bus',
  seed: 'seed',
  lenient: 'lenient',
  rateLimits: 'rate-limits',
  searchLagSeconds: 'search-lag',
} as const satisfies Readonly<Record<keyof Omit<StripeSimulatorOptions, LibraryOnly>, string>>;

const text = { type: 'string' } as const;
const texts = { type: 'string', multiple: true } as const;
const yes = { type: 'boolean' } as const;

const flags = {
  [flagOf.port]: text,
  [flagOf.host]: text,
  [flagOf.allowedHosts]: texts,
  [flagOf.statePath]: text,
  [flagOf.apiKeys]: texts,
  [flagOf.apiVersion]: text,
  [flagOf.paymentRetryDays]: text,
  [flagOf.afterLastPaymentRetry]: text,
  [flagOf.webhookRetryDelaysMs]: text,
  [flagOf.webhookTimeoutMs]: text,
  [flagOf.eventBus]: text,
  [flagOf.seed]: text,
  [flagOf.lenient]: yes,
  [flagOf.rateLimits]: text,
  [flagOf.searchLagSeconds]: text,
  webhook: texts,
  'webhook-secret': text,
  'webhook-events': text,
  'webhook-api-version': text,
  clock: text,
  help: yes,
} satisfies ParseArgsConfig['options'];

const MAX_PORT = 65_535;

class Mistake extends Error {}

export function readArguments(args: readonly string[], nowMs: () => number): Command {
  try {
    const { values } = parseArgs({ args: [...args], options: flags });
    if (values.help === true) return { kind: 'help' };
    return { kind: 'run', options: optionsIn(values, nowMs), webhooks: webhooksIn(values) };
  } catch (error) {
    const isTheirs = error instanceof Mistake || (error instanceof TypeError && 'code' in error);
    if (isTheirs) return { kind: 'mistake', message: error.message };
    throw error;
  }
}

type Values = ReturnType<typeof parseArgs<{ options: typeof flags }>>['values'];

function optionsIn(values: Values, nowMs: () => number): StripeSimulatorOptions {
  return definedOf({
    port: numberIn(values, 'port', MAX_PORT) ?? 12_111,
    host: values.host,
    allowedHosts: values['allow-host'],
    statePath: values.state,
    apiKeys: values['api-key'],
    apiVersion: versionIn(values, 'api-version'),
    paymentRetryDays: values['retry-days'] === 'smart' ? 'smart' : numbersIn(values, 'retry-days', 'days'),
    afterLastPaymentRetry: oneOf(values, 'after-last-retry', ['canceled', 'unpaid', 'past_due'] as const),
    webhookRetryDelaysMs: numbersIn(values, 'webhook-retry-delays', 'milliseconds'),
    webhookTimeoutMs: numberIn(values, 'webhook-timeout'),
    eventBus: values['event-bus'],
    seed: values.seed,
    lenient: values.lenient,
    rateLimits: oneOf(values, 'rate-limits', ['live', 'test'] as const),
    searchLagSeconds: numberIn(values, 'search-lag'),
    ...clockIn(values, nowMs),
  });
}

function webhooksIn(values: Values): EndpointRegistration[] {
  const urls = values.webhook ?? [];
  const settings = {
    secret: values['webhook-secret'],
    enabledEvents: values['webhook-events']?.split(',').map((type) => type.trim()),
    apiVersion: versionIn(values, 'webhook-api-version'),
  };
  const [unused] = Object.entries(settings).filter(([, value]) => value !== undefined);
  if (urls.length === 0 && unused !== undefined) {
    throw new Mistake('--webhook-secret, --webhook-events and --webhook-api-version need --webhook URL.');
  }
  for (const url of urls) if (!URL.canParse(url)) throw new Mistake(`--webhook must be a URL, not ${url}.`);
  return urls.map((url) => ({ url, ...definedOf(settings) }));
}

/** The clock starts at the time and runs from there. */
function clockIn(
  { clock, state }: Values,
  nowMs: () => number,
): Pick<StripeSimulatorOptions, 'now' | 'signedAt'> {
  if (clock === undefined) return {};
  const start = Date.parse(clock);
  if (Number.isNaN(start)) {
    throw new Mistake(`--clock must be a time such as 2027-01-15T12:00:00Z, not ${clock}.`);
  }
  // The state remembers how far the clock was advanced, and would be later than a clock that starts again.
  if (state !== undefined) throw new Mistake('--clock cannot be used with --state, which keeps the time.');
  const distance = start - nowMs();
  // Endpoints refuse signatures that are old by their own clocks.
  return { now: () => nowMs() + distance, signedAt: (simulatedMs) => Math.max(simulatedMs, nowMs()) };
}

type TextFlag = {
  [K in keyof Values]-?: Values[K] extends string | undefined ? K : never;
}[keyof Values];

function oneOf<T extends string>(values: Values, flag: TextFlag, choices: readonly T[]): T | undefined {
  const value = values[flag];
  if (value === undefined) return undefined;
  const found = choices.find((choice) => choice === value);
  if (found !== undefined) return found;
  throw new Mistake(`--${flag} must be one of ${choices.join(', ')}, not ${value}.`);
}

function numberIn(values: Values, flag: TextFlag, max = Number.MAX_SAFE_INTEGER): number | undefined {
  const value = values[flag];
  if (value === undefined) return undefined;
  const number = value.trim() === '' ? Number.NaN : Number(value);
  if (Number.isInteger(number) && number >= 0 && number <= max) return number;
  const range = max === Number.MAX_SAFE_INTEGER ? 'an integer from 0 on' : `an integer from 0 to ${max}`;
  throw new Mistake(`--${flag} must be ${range}, not ${value}.`);
}

function numbersIn(values: Values, flag: TextFlag, unit: 'days' | 'milliseconds'): number[] | undefined {
  const value = values[flag];
  if (value === undefined || value === '') return value === undefined ? undefined : [];
  const numbers = value.split(',').map((part) => (part.trim() === '' ? Number.NaN : Number(part)));
  const least = unit === 'days' ? Number.MIN_VALUE : 0;
  if (numbers.every((number) => number >= least && number < Number.POSITIVE_INFINITY)) return numbers;
  throw new Mistake(`--${flag} must be a list of ${unit} such as 3,5,7, not ${value}.`);
}

function versionIn(values: Values, flag: TextFlag): string | undefined {
  const value = values[flag];
  if (value === undefined || /^\d{4}-\d{2}-\d{2}(\.[a-z]+)?$/.test(value)) return value;
  throw new Mistake(`--${flag} must be a version such as 2026-10-28.endive, not ${value}.`);
}

type Defined<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

function definedOf<T extends object>(values: T): Defined<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Defined<T>;
}
