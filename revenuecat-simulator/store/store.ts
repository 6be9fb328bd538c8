/** All records of the simulator. */
import type { Customer } from '../model/customer.ts';
import type { Delivery, EventRecord, Webhook } from '../model/event.ts';
import type { Entitlement, Product } from '../model/product.ts';
import type { Purchase } from '../model/purchase.ts';
import type { Subscription } from '../model/subscription.ts';
import { Table, type TableChange } from './table.ts';

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

/** Creates an empty store that calls `changed` with every change of a table. */
export function createStore(
  changed: (name: keyof Store, change: TableChange<{ readonly id: string }>) => void,
): Store {
  const table = <K extends keyof Records>(name: K) =>
    new Table<Records[K]>((change) => {
      changed(name, change);
    });
  return {
    entitlements: table('entitlements'),
    products: table('products'),
    customers: table('customers'),
    subscriptions: table('subscriptions'),
    purchases: table('purchases'),
    events: table('events'),
    deliveries: table('deliveries'),
    webhooks: table('webhooks'),
  };
}
