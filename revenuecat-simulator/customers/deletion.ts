/** Deletes a customer. No store is involved: Apple and Google go on charging. */
import type { World } from '../world/world.ts';
import { getCustomer } from './customers.ts';
import { assign, boughtBy, ownedBy } from './ownership.ts';

export interface DeletedCustomer {
  readonly object: 'customer';
  readonly id: string;
  readonly deleted_at: number;
}

export function deleteCustomer(world: World, id: string): DeletedCustomer {
  const customer = getCustomer(world, id);
  assign(world, boughtBy(world, customer.id), null);
  // What was granted by hand exists only in RevenueCat.
  for (const granted of ownedBy(world, customer.id).subscriptions)
    world.store.subscriptions.delete(granted.id);
  world.store.customers.delete(customer.id);
  return { object: 'customer', id: customer.id, deleted_at: world.nowMs() };
}
