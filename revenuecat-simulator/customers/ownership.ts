/** Moves what a customer owns to another customer, or leaves it without one. */
import type { Purchase } from '../model/purchase.ts';
import type { Subscription } from '../model/subscription.ts';
import type { World } from '../world/world.ts';

export interface Owned {
  readonly subscriptions: readonly Subscription[];
  readonly purchases: readonly Purchase[];
}

/** Returns what the customer owns, the oldest first. */
export function ownedBy({ store }: World, customerId: string): Owned {
  return {
    subscriptions: store.subscriptions.oldestFirst().filter((row) => row.customer_id === customerId),
    purchases: store.purchases.oldestFirst().filter((row) => row.customer_id === customerId),
  };
}

/** Returns what the customer bought in a store: everything but what was granted by hand. */
export function boughtBy(world: World, customerId: string): Owned {
  const { subscriptions, purchases } = ownedBy(world, customerId);
  return { subscriptions: subscriptions.filter(({ store }) => store !== 'promotional'), purchases };
}

export function assign({ store }: World, owned: Owned, customerId: string | null): void {
  for (const row of owned.subscriptions) store.subscriptions.put({ ...row, customer_id: customerId });
  for (const row of owned.purchases) store.purchases.put({ ...row, customer_id: customerId });
}
