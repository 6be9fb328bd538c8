/** Delivers Stripe's events: at least once, in any order, retried until they succeed. At times an event is lost permanently. */
import { eventOf } from './event-reading.ts';
import type { Functions } from './functions.ts';
import { groupOf } from './queue-functions.ts';
import type { World } from './world.ts';
import type { StripeEvent } from './worlds/events.ts';
import { ownerOf } from './worlds/stripe.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const PROMPT_MS = 100;
const retryDelaysMs = [MINUTE_MS, 5 * MINUTE_MS, 60 * MINUTE_MS, 6 * 60 * MINUTE_MS, DAY_MS] as const;

export function deliver(world: World, functions: Functions, event: StripeEvent): void {
  const { random, history, context } = world;
  world.trace(`      ${event.id} ${event.type} of ${event.customerId}`);
  if (random.chance(history.dropRate)) {
    context.tally.add('delivery dropped');
    world.trace(`      ${event.id} is lost permanently`);
    world.undelivered.push(event);
    return;
  }
  const arrivesMs = event.isPrompt ? random.below(PROMPT_MS) : delayMs(world);
  context.timeline.after(arrivesMs, () => attempt(world, functions, { event, attempts: 0 }));
  if (!random.chance(history.duplicateRate)) return;
  context.tally.add('delivery duplicated');
  context.timeline.after(delayMs(world), () => attempt(world, functions, { event, attempts: 0 }));
}

/** Returns the delay of a delivery: mostly seconds, at times minutes or days. */
export function delayMs({ random, context }: World): number {
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
  const { hasQueue } = world.history;
  const answered = hasQueue ? functions.intake(event) : functions.webhook(eventOf(event));
  void answered.then((result) => {
    world.trace(`      ${event.id} delivered: ${result.kind}`);
    if (result.kind === 'returned') return hasQueue ? checkIsHeld(world, event) : undefined;
    world.context.tally.add('delivery repeated');
    const waitMs = retryDelaysMs[attempts];
    if (waitMs === undefined) return giveUp(world, event);
    world.context.timeline.after(waitMs, () => attempt(world, functions, { event, attempts: attempts + 1 }));
  });
}

/** What was answered with success is in the queue, or was carried out. */
function checkIsHeld({ queue, violations }: World, event: StripeEvent): void {
  if (queue.acceptedMs.has(`${groupOf(event)} ${event.id}`)) return;
  violations.push(`20. ${event.id} was answered with success and is not in the queue`);
}

/** After three days Stripe stops, and lists the event as undelivered. */
function giveUp(world: World, event: StripeEvent): void {
  world.context.tally.add('delivery given up');
  world.trace(`      ${event.id} is given up`);
  world.undelivered.push(event);
  const customer = world.stripe.customers.get(event.customerId);
  const owner = customer === undefined ? undefined : ownerOf(customer);
  const affected = [owner, event.sub, event.formerSub];
  for (const user of world.users) user.eventSkipped ||= affected.includes(user.sub);
}
