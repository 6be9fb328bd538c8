/** Deletes a customer: ends its subscriptions, detaches its payment methods and leaves a stub. */
import type { Customer, DeletedCustomer } from '../model/customer.ts';
import { closeSchedulesOf } from '../subscription-schedules/schedule-record.ts';
import { endSubscription } from '../subscriptions/subscription-end.ts';
import { isEnded } from '../subscriptions/subscription-record.ts';
import { emit } from '../world/records.ts';
import type { World } from '../world/world.ts';

export function removeCustomer(world: World, customer: Customer): DeletedCustomer {
  const { store } = world;
  const { id } = customer;
  for (const subscription of store.subscriptions.where('customer', id)) {
    if (!isEnded(subscription)) endSubscription(world, subscription, { reason: 'cancellation_requested' });
  }
  closeSchedulesOf(world, id);
  for (const method of store.paymentMethods.where('customer', id)) {
    store.paymentMethods.put({ ...method, customer: null });
  }
  for (const taxId of store.taxIds.where('customer', id)) store.taxIds.delete(taxId.id);
  store.customers.delete(id);
  const stub = store.deletedCustomers.put({ id, object: 'customer', deleted: true });
  // The event contains the customer before the deletion, not the stub.
  emit(world, 'customer.deleted', { object: customer });
  return stub;
}
