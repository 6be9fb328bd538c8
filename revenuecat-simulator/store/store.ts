/** All records of the simulator. */
import type { Customer } from '../model/customer.ts';
import type { Delivery, EventRecord, Webhook } from '../model/event.ts';
import type { Entitlement, Product } from '../model/product.ts';
import type { Purchase } from '../model/purchase.ts';
import type { Subscription } from '../model/subscription.ts';
import { Table } from './table.ts';

interface Records {
  readonly entitlements: Entitlement;
  readonly products: Product;
  readonly customers: Customer;
  readonly subscriptions: Subscription;
  readonly purchases: Purchase;
  readonly events: EventRecord;
  readonly deliveries: Delivery;
  readonly webhooks: Webhook;
}

export type Store = { readonly [K in keyof Records]: Table<Records[K]> };

export const tableNames = [
  'entitlements',
  'products',
  'customers',
  'subscriptions',
  'purchases',
  'events',
  'deliveries',
  'webhooks',
] as const satisfies readonly (keyof Records)[];

/** Creates an empty store that calls `changed` after every change. */
export function createStore(changed: () => void): Store {
  return {
    entitlements: new Table(changed),
    products: new Table(changed),
    customers: new Table(changed),
    subscriptions: new Table(changed),
    purchases: new Table(changed),
    events: new Table(changed),
    deliveries: new Table(changed),
    webhooks: new Table(changed),
  };
}
