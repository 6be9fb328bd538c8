/** Moves purchases to another customer, as "Restore purchases" does for another user of the device. */
import { aliasIdsOf, getCustomer, openApp } from '../customers/customers.ts';
import { assign, boughtBy, type Owned } from '../customers/ownership.ts';
import { publishEvent, publishSubscription, webhookStore } from '../events/event-body.ts';
import type { Customer } from '../model/customer.ts';
import type { Subscription } from '../model/subscription.ts';
import { impossible, invalidParameter } from '../protocol/errors.ts';
import { getSubscription } from '../subscriptions/lookup.ts';
import type { World } from '../world/world.ts';

/** Moves everything that the customer bought. The other customer is created if it is unknown. */
export function transfer(world: World, from: string, to: string): Customer {
  const source = getCustomer(world, from);
  const owned = boughtBy(world, source.id);
  if (owned.subscriptions.length + owned.purchases.length === 0) {
    throw impossible(`${from} has bought nothing in a store, so there is nothing to transfer.`);
  }
  const target = openApp(world, to);
  if (target.id === source.id) throw invalidParameter('to', `${to} is the same customer as ${from}.`);
  move(world, { owned, source, target });
  return target;
}

/** The user presses "Restore purchases" in the app: the subscription belongs to this customer from now on. */
export function restore(world: World, subscriptionId: string, customerId: string): Subscription {
  const row = getSubscription(world, subscriptionId);
  if (row.store === 'promotional') throw impossible(`${row.id} was granted by hand, so no store knows it.`);
  const target = openApp(world, customerId);
  if (row.customer_id === target.id) return row;
  if (row.customer_id === null) {
    const adopted = world.store.subscriptions.put({ ...row, customer_id: target.id });
    publishSubscription(world, adopted, { type: 'INITIAL_PURCHASE' });
    return adopted;
  }
  const source = getCustomer(world, row.customer_id);
  move(world, { owned: { subscriptions: [row], purchases: [] }, source, target });
  return getSubscription(world, row.id);
}

interface Move {
  readonly owned: Owned;
  readonly source: Customer;
  readonly target: Customer;
}

/** The event names both customers, and is the only one. */
function move(world: World, { owned, source, target }: Move): void {
  assign(world, owned, target.id);
  const [first] = [...owned.subscriptions, ...owned.purchases];
  publishEvent(world, 'TRANSFER', {
    transferred_from: aliasIdsOf(source),
    transferred_to: aliasIdsOf(target),
    environment: first?.environment.toUpperCase(),
    store: first === undefined ? undefined : webhookStore(first.store),
  });
}
