/** What a subscription is credited and billed when it ends early. */
import type { Subscription } from '../model/subscription.ts';
import type { World } from '../world/world.ts';
import { addProrations, prorationsOf } from './prorations.ts';
import { billProrations, usageLines } from './renewal.ts';

/** Credits the time that is left of what was billed. */
export function creditUnused(world: World, current: Subscription): void {
  const input = { after: [], restarts: true, at: world.seconds() };
  addProrations(world, prorationsOf(world, current, input));
}

/** Bills pending items, and what was used since the period began. */
export function billOutstanding(world: World, current: Subscription): void {
  const now = world.seconds();
  const items = current.items.data.map((item) => ({
    ...item,
    current_period_end: Math.min(item.current_period_end, now),
  }));
  billProrations(world, current, { billed: usageLines(world, current, items) });
}
