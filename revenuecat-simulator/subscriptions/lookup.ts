/** Finds subscriptions, and checks what their state allows. */
import { subscriptionProduct } from '../catalog/catalog.ts';
import type { Product } from '../model/product.ts';
import type { Subscription } from '../model/subscription.ts';
import type { Duration, SubscriptionStatus } from '../model/values.ts';
import { impossible, missing } from '../protocol/errors.ts';
import type { World } from '../world/world.ts';

export function getSubscription(world: World, id: string): Subscription {
  const row = world.store.subscriptions.get(id);
  if (row === undefined) throw missing('subscription', id);
  return row;
}

/** Returns the subscription if its status is one of these. `action` says what is not possible otherwise. */
export function subscriptionIn(
  world: World,
  id: string,
  { statuses, action }: { readonly statuses: readonly SubscriptionStatus[]; readonly action: string },
): Subscription {
  const row = getSubscription(world, id);
  if (row.store === 'promotional')
    throw impossible(`${id} was granted by hand, so no store can ${action} it.`);
  if (statuses.includes(row.status)) return row;
  throw impossible(`A subscription with the status ${row.status} cannot ${action}: ${id}.`);
}

/** Returns the product of the current period. Only subscriptions of a store have one. */
export function productOf(world: World, row: Subscription): Product & { readonly duration: Duration } {
  return subscriptionProduct(world, row.product_id ?? row.store_product_id);
}

export function change(world: World, row: Subscription, patch: Partial<Subscription>): Subscription {
  return world.store.subscriptions.put({ ...row, ...patch });
}
