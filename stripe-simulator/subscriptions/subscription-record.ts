/** Writes subscription records and updates the entitlements after each change. */

import { refreshEntitlements } from '../entitlements/active-entitlements.ts';
import type { Subscription } from '../model/subscription.ts';
import { add, change } from '../world/records.ts';
import type { World } from '../world/world.ts';

export function isEnded(subscription: Subscription): boolean {
  return subscription.status === 'canceled' || subscription.status === 'incomplete_expired';
}

export function addSubscription(world: World, row: Subscription): Subscription {
  add(world, world.store.subscriptions, { row, event: 'customer.subscription.created' });
  refreshEntitlements(world, row.customer);
  return row;
}

export function changeSubscription(
  world: World,
  id: string,
  edit: { patch: Partial<Subscription>; event: string },
): Subscription {
  const after = change(world, world.store.subscriptions, { id, ...edit });
  refreshEntitlements(world, after.customer);
  return after;
}
