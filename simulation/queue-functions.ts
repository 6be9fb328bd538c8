/** The functions of a stage with a queue: the one that answers Stripe, and the worker that carries out batches. */
import { CUSTOMERS_AT_ONCE, MAX_RECEIVE_COUNT } from '../contract/event-queue.ts';
import type { ChargeEvent, CustomerEvent } from '../core/sync/stripe-event.ts';
import type { Log } from '../core/system/log.ts';
import type { InvocationResult } from './engine/invocation.ts';
import { eventOf } from './event-reading.ts';
import type { Systems } from './systems.ts';
import type { World } from './world.ts';
import type { WaitingMessage } from './worlds/queue.ts';

type StripeEvent = Parameters<typeof eventOf>[0];

export interface QueueFunctions {
  /** Answers Stripe once the queue has confirmed the event. */
  intake(event: StripeEvent): Promise<InvocationResult<void>>;
  /** Carries out a batch. Resolves to the ids of the messages that must be delivered again. */
  worker(batch: readonly WaitingMessage[]): Promise<InvocationResult<readonly string[]>>;
}

type Run = <T>(
  options: { readonly name: string; readonly limitMs: number },
  work: (systems: Systems) => Promise<T>,
) => Promise<InvocationResult<T>>;

interface Parts {
  /** Runs an invocation with the limit of Lambda. */
  readonly run: Run;
  readonly applyEvent: (
    world: World,
    systems: Systems,
    applied: { readonly event: CustomerEvent | ChargeEvent; readonly log: Log },
  ) => Promise<void>;
  readonly log: Log;
}

const INTAKE_LIMIT_MS = 10_000;
const WORKER_LIMIT_MS = 20_000;
/** The worker gives up by itself before Lambda ends it. */
const RESERVE_MS = 1_000;

const limits = { atOnce: CUSTOMERS_AT_ONCE, maxReceiveCount: MAX_RECEIVE_COUNT };

export function queueFunctions(world: World, { run, log, applyEvent }: Parts): QueueFunctions {
  return {
    intake: (event) =>
      run({ name: `intake of ${event.id}`, limitMs: INTAKE_LIMIT_MS }, ({ queue }) => {
        world.sent.set(event.id, event);
        return queue.send({ body: event.id, groupId: groupOf(event), deduplicationId: event.id });
      }),
    worker: (batch) => {
      const name = `worker of ${batch.map(({ eventId }) => eventId).join(', ')}`;
      return run({ name, limitMs: WORKER_LIMIT_MS }, (systems) =>
        carryOut(world, { systems, batch, log, applyEvent }),
      );
    },
  };
}

interface Work extends Omit<Parts, 'run'> {
  readonly systems: Systems;
  readonly batch: readonly WaitingMessage[];
}

function carryOut(world: World, { systems, batch, log, applyEvent }: Work): Promise<readonly string[]> {
  const { clock } = systems;
  const untilMs = clock.nowMs() + WORKER_LIMIT_MS - RESERVE_MS;
  return systems.carryOutBatch(batch, limits, async ({ id, eventId }) => {
    const sent = world.sent.get(eventId);
    if (sent === undefined) return false;
    const applied = { event: eventOf(sent), log };
    try {
      await clock.within(Math.max(0, untilMs - clock.nowMs()), () => applyEvent(world, systems, applied));
    } catch {
      return false;
    }
    world.queue.carriedOut.add(id);
    return true;
  });
}

export function groupOf(event: StripeEvent): string {
  const read = eventOf(event);
  return 'chargeId' in read ? read.chargeId : read.request.customerId;
}
