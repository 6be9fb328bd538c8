/** A simulator for tests, in the process of the test: see `createStripe`. */
import type { Simulation } from '../control/simulation.ts';
import type {
  CreateStripeOptions,
  InProcessStripe,
  StripeSimulator,
  StripeSimulatorOptions,
} from '../options.ts';
import { decline, pay } from './customer.ts';
import { eventsOf, waitForEvent } from './past-events.ts';
import { advanceTo } from './time-travel.ts';

const DEFAULT_START = '2027-01-15T12:00:00Z';
const DEFAULT_TIMEOUT_MS = 5_000;
/** The prefixes of what remains after a reset, so that no endpoint has the id or secret of another. */
const remaining: readonly string[] = ['we_', 'whsec_'];

export interface Running {
  readonly simulator: StripeSimulator;
  readonly simulation: Simulation;
  readonly flush: () => void;
}

export function inProcessOptions({
  clock,
  webhook: _webhook,
  ...options
}: CreateStripeOptions): StripeSimulatorOptions {
  const now = clock === 'real' ? Date.now : clockAt(clock ?? DEFAULT_START);
  return {
    seed: 'stripe',
    // A test sees a failed delivery at once.
    webhookRetryDelaysMs: [],
    ...options,
    now,
    // The code under test compares signatures with the time of its machine, or with the simulator's if it follows that.
    signedAt: (simulatedMs) => Math.max(simulatedMs, Date.now()),
  };
}

function clockAt(start: Date | string): () => number {
  const startMs = new Date(start).getTime();
  if (Number.isNaN(startMs)) {
    throw new Error(
      `The clock cannot start at ${String(start)}. Pass a Date, a text such as 2027-01-15T12:00:00Z, or 'real'.`,
    );
  }
  return () => startMs;
}

export function inProcess(
  options: CreateStripeOptions,
  { simulator, simulation, flush }: Running,
): InProcessStripe {
  const { webhook } = options;
  const secret =
    webhook === undefined
      ? ''
      : simulator.registerWebhook(typeof webhook === 'string' ? { url: webhook } : webhook).secret;
  const { host, port, url } = simulator;
  const apiKey = options.apiKeys?.[0] ?? 'sk_test_local_simulator';
  const visitor = { simulation, url, apiKey };
  const { ids } = simulation.world;
  const first = ids.counters();
  const delivered = async <T>(result: T): Promise<T> => {
    flush();
    await simulator.settled();
    return result;
  };
  return {
    ...simulator,
    apiKey,
    config: { host, port, protocol: 'http', telemetry: false },
    webhookSecret: secret,
    advanceTo: async (moment, subscription) => {
      await delivered(advanceTo(simulation, moment, subscription));
    },
    pay: async (id, page) => delivered(await pay(visitor, id, page)),
    decline: async (id) => delivered(await decline(visitor, id)),
    events: (type = '*') => eventsOf(simulation, type),
    waitFor: (type, timeoutMs = DEFAULT_TIMEOUT_MS) => waitForEvent(simulation, type, timeoutMs),
    reset: () => {
      simulator.reset();
      ids.rewind({ ...first, ...endpointCounters(ids.counters()) });
      flush();
    },
    restoreSnapshot: (snapshot) => {
      simulator.restoreSnapshot(snapshot);
      const { counters } = snapshot as { readonly counters: Readonly<Record<string, number>> };
      ids.rewind({ ...counters, ...endpointCounters(ids.counters()) });
      flush();
    },
  };
}

function endpointCounters(counters: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(counters).filter(([prefix]) => remaining.includes(prefix)));
}
