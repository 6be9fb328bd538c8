/** Counts calls: of one event, and of all events of a payment that arrive at the same moment. */
import { handledEventTypes } from '../contract/stripe-events.ts';
import { type System, systems } from './calls.ts';
import { openWorker } from './processes.ts';
import { type Build, modulePathOf } from './record.ts';
import { type Recording, signed } from './recording.ts';
import { buyer, deliveryOf } from './scenarios.ts';
import { type Spread, spreadOf } from './statistics.ts';
import type { World } from './world.ts';

export type Counts = Readonly<Record<System, number>>;

export interface NamedCounts {
  readonly name: string;
  readonly calls: Counts;
}

export function countsOf({ functionName, calls }: Recording): NamedCounts {
  return { name: functionName, calls: count(calls) };
}

function count(calls: readonly { readonly system: System }[]): Counts {
  const of = (system: System) => calls.filter((call) => call.system === system).length;
  return Object.fromEntries(systems.map((system) => [system, of(system)])) as Counts;
}

export interface BurstFigures {
  readonly events: number;
  /** How long each answer of Stripe was delayed. */
  readonly stripeDelayMs: number;
  readonly stripeCalls: Spread;
  readonly dynamoDbCalls: Spread;
  readonly longestMs: Spread;
}

export interface BurstOptions {
  readonly rounds: number;
  /** Each event is delivered to a process of its own. */
  readonly events: number;
  readonly stripeDelayMs: number;
}

/** Delivers the events of one payment at the same moment, to processes that are warm. */
export async function measureBurst(world: World, build: Build, options: BurstOptions): Promise<BurstFigures> {
  const program = { node: build.node, modulePath: modulePathOf(build, 'stripe-webhook'), env: world.env };
  const workers = await Promise.all(Array.from({ length: options.events }, () => openWorker(program)));
  const rounds = [];
  try {
    // In the first round, the processes open their connections.
    for (let round = 0; round <= options.rounds; round += 1) {
      const deliveries = await deliveriesOfPayment(world, options.events);
      world.recorder.clear();
      world.recorder.delayStripe(options.stripeDelayMs);
      const batches = await Promise.all(
        workers.map((worker, index) => worker.run([deliveries[index] ?? ''], 1)),
      );
      world.recorder.delayStripe(0);
      const longestMs = Math.max(...batches.map(({ wallMs }) => wallMs));
      rounds.push({ ...count(world.recorder.calls), longestMs });
    }
  } finally {
    for (const worker of workers) worker.close();
  }
  const measured = rounds.slice(1);
  return {
    events: options.events,
    stripeDelayMs: options.stripeDelayMs,
    stripeCalls: spreadOf(measured.map(({ stripe }) => stripe)),
    dynamoDbCalls: spreadOf(measured.map(({ dynamodb }) => dynamodb)),
    longestMs: spreadOf(measured.map(({ longestMs }) => longestMs)),
  };
}

/** Stripe sends some of them twice. */
async function deliveriesOfPayment(world: World, length: number): Promise<readonly string[]> {
  const { customer } = await buyer(world);
  const { data } = await world.stripe.events.list({ limit: 100, types: [...handledEventTypes] });
  const own = data.filter((event) => JSON.stringify(event.data).includes(customer));
  return Array.from({ length }, (_, index) => {
    const event = own[index % own.length];
    if (event === undefined) throw new Error('The payment has no events.');
    return JSON.stringify(signed(deliveryOf(event.type, event.data.object), index));
  });
}
