/** Deletes a customer: everything live ends, and a stub is left. */
import type { Customer, DeletedCustomer } from '../model/customer.ts';
import { endSubscription } from '../subscriptions/subscription-end.ts';
import { isEnded } from '../subscriptions/subscription-record.ts';
import { emit } from '../world/records.ts';
import type { World } from '../world/world.ts';

export function removeCustomer(world: World, former: Customer): DeletedCustomer {
  const { store } = world;
  const { id } = former;
  for (const subscription of store.subscriptions.where('customer', id)) {
    if (!isEnded(subscription)) endSubscription(world, subscription, { reason: 'cancellation_requested' });
  }
  for (const method of store.paymentMethods.where('customer', id)) {
    store.paymentMethods.put({ ...method, customer: null });
  }
  store.customers.delete(id);
  const stub = store.deletedCustomers.put({ id, object: 'customer', deleted: true });
  // The event shows who the customer was, not the stub.
  emit(world, 'customer.deleted', { object: former });
  return stub;
}
