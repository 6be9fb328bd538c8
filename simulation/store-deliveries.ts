/** Delivers RevenueCat's events: at least once, in any order, repeated five times. Then an event is lost permanently. */
import { delayMs } from './deliveries.ts';
import type { Functions } from './functions.ts';
import type { World } from './world.ts';
import type { SentStoreEvent } from './worlds/stores.ts';

const MINUTE_MS = 60_000;
const retryDelaysMs = [5, 10, 20, 40, 80].map((minutes) => minutes * MINUTE_MS);

export function deliverStoreEvent(world: World, functions: Functions, event: SentStoreEvent): void {
  const { random, history, context } = world;
  world.trace(`      ${event.id} ${event.type} of ${event.users.join(' and ')}`);
  if (random.chance(history.dropRate)) return lose(world, event, 'dropped');
  context.timeline.after(delayMs(world), () => attempt(world, functions, { event, attempts: 0 }));
  if (!random.chance(history.duplicateRate)) return;
  context.tally.add('store delivery duplicated');
  context.timeline.after(delayMs(world), () => attempt(world, functions, { event, attempts: 0 }));
}

function attempt(
  world: World,
  functions: Functions,
  delivery: { readonly event: SentStoreEvent; readonly attempts: number },
): void {
  const { event, attempts } = delivery;
  void functions.storeWebhook(event).then((result) => {
    world.trace(`      ${event.id} delivered: ${result.kind}`);
    if (result.kind === 'returned') return;
    world.context.tally.add('store delivery repeated');
    const waitMs = retryDelaysMs[attempts];
    if (waitMs === undefined) return lose(world, event, 'given up');
    world.context.timeline.after(waitMs, () => attempt(world, functions, { event, attempts: attempts + 1 }));
  });
}

/** No list shows such an event. Only a comparison of the purchases with the rows finds what it was about. */
function lose(world: World, { id, users }: SentStoreEvent, how: string): void {
  world.context.tally.add(`store delivery ${how}`);
  world.trace(`      ${id} is lost permanently`);
  for (const user of world.users) user.eventSkipped ||= users.includes(user.sub);
}
