/** Delivers Stripe's events: at least once, in any order, retried until they succeed. At times an event is lost permanently. */
import type { ChargeEvent, CustomerEvent } from '../core/sync/stripe-event.ts';
import type { Functions } from './functions.ts';
import type { World } from './world.ts';
import { CHARGE_PREFIX } from './worlds/billing.ts';
import type { StripeEvent } from './worlds/stripe.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const retryDelaysMs = [MINUTE_MS, 5 * MINUTE_MS, 60 * MINUTE_MS, 6 * 60 * MINUTE_MS, DAY_MS] as const;

export function deliver(world: World, functions: Functions, event: StripeEvent): void {
  const { random, history, context } = world;
  world.trace(`      ${event.id} ${event.type} of ${event.customerId}`);
  if (random.chance(history.dropRate)) {
    context.tally.add('delivery dropped');
    world.trace(`      ${event.id} is lost permanently`);
    return;
  }
  context.timeline.after(delayMs(world), () => attempt(world, functions, { event, attempts: 0 }));
  if (!random.chance(history.duplicateRate)) return;
  context.tally.add('delivery duplicated');
  context.timeline.after(delayMs(world), () => attempt(world, functions, { event, attempts: 0 }));
}

/** Returns the delay of a delivery: mostly seconds, at times minutes or days. */
function delayMs({ random, context }: World): number {
  const kind = random.below(12);
  if (kind === 0) {
    context.tally.add('delivery late by days');
    return random.below(3 * DAY_MS);
  }
  return kind === 1 ? random.below(30 * MINUTE_MS) : 100 + random.below(3_000);
}

function attempt(
  world: World,
  functions: Functions,
  delivery: { readonly event: StripeEvent; readonly attempts: number },
): void {
  const { event, attempts } = delivery;
  void functions.webhook(readingOf(event)).then((result) => {
    world.trace(`      ${event.id} delivered: ${result.kind}`);
    if (result.kind === 'returned') return;
    world.context.tally.add('delivery repeated');
    // The last delay repeats. That Stripe stops retrying is modeled by dropped deliveries.
    const waitMs = retryDelaysMs[attempts] ?? DAY_MS;
    world.context.timeline.after(waitMs, () => attempt(world, functions, { event, attempts: attempts + 1 }));
  });
}

function readingOf({
  id,
  type,
  customerId,
  sub,
  created,
  checkout,
}: StripeEvent): CustomerEvent | ChargeEvent {
  const includesReversal = type.startsWith('charge.');
  const request = {
    changedAt: created,
    sub,
    cause: { kind: 'stripe_event', id },
    customerDeleted: type === 'customer.deleted',
    includesReversal,
  } as const;
  return includesReversal
    ? { id, type, chargeId: `${CHARGE_PREFIX}${customerId}`, request }
    : { id, type, request: { ...request, customerId }, checkout };
}
