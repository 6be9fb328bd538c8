/** What a user has bought in app stores, as RevenueCat's REST API v2 reports it. */
import type {
  AliasReader,
  PurchaseReader,
  StoreCustomerRemover,
  StorePurchase,
  StorePurchases,
} from '../../core/stores/purchase.ts';
import { Fault } from '../../core/system/fault.ts';
import { textAt, type UnknownRecord } from '../../core/system/record.ts';
import type { RevenueCatClient } from './client.ts';
import { type Listing, listEvery } from './listing.ts';
import { canBeInPath } from './path.ts';
import {
  type ActiveEntitlements,
  isCountedElsewhere,
  isSandbox,
  type ListedPurchase,
  readActiveEntitlements,
  readOneTimePurchase,
  readSubscription,
} from './read-purchase.ts';

export interface PurchasesOptions {
  readonly client: RevenueCatClient;
  /** Whether purchases in the test environments of the stores count. */
  readonly allowSandbox: boolean;
}

export type Purchases = PurchaseReader & AliasReader & StoreCustomerRemover;

export function createPurchases({ client, allowSandbox }: PurchasesOptions): Purchases {
  const productId = productIds(client);
  return {
    readPurchases: async (sub) => {
      const listed = await listPurchases({ client, allowSandbox }, sub);
      const purchases = await Promise.all(
        listed.purchases.map(async ({ revenueCatProductId, ...purchase }): Promise<StorePurchase> => {
          return { ...purchase, productId: await productId(revenueCatProductId) };
        }),
      );
      return { ...listed, purchases };
    },
    readAliases: async (id) => {
      if (!canBeInPath(id)) return [id];
      const aliases = await listEvery(client, 'list aliases', `${customer(id)}/aliases?limit=100`);
      if (aliases === 'missing') return [id];
      const ids = aliases.items.map((item) => textAt(item, 'id')).filter((alias) => alias !== null);
      return [...new Set([id, ...ids])];
    },
    deleteStoreCustomer: async (sub) =>
      canBeInPath(sub) ? client.delete('delete customer', customer(sub)) : 'missing',
  };
}

function customer(id: string): string {
  return `/customers/${encodeURIComponent(id)}`;
}

async function listPurchases(
  { client, allowSandbox }: PurchasesOptions,
  sub: string,
): Promise<Omit<StorePurchases, 'purchases'> & { readonly purchases: readonly ListedPurchase[] }> {
  const query = allowSandbox ? 'limit=100' : 'environment=production&limit=100';
  const [subscriptions, oneTime] = await Promise.all([
    listEvery(client, 'list subscriptions', `${customer(sub)}/subscriptions?${query}`),
    listEvery(client, 'list purchases', `${customer(sub)}/purchases?${query}`),
  ]);
  // The customer began or ceased to exist between the two answers.
  if ((subscriptions === 'missing') !== (oneTime === 'missing')) throw changed('list purchases');
  const counts = (item: UnknownRecord) => !isCountedElsewhere(item) && (allowSandbox || !isSandbox(item));
  const owned = itemsOf(oneTime).filter(counts);
  const active = owned.length === 0 ? new Map() : await activeEntitlements(client, sub);
  return {
    purchases: [
      ...itemsOf(subscriptions).filter(counts).map(readSubscription),
      ...owned.map((item) => readOneTimePurchase(item, active)),
    ].filter((purchase) => purchase !== undefined),
    known: subscriptions !== 'missing',
    asOf: earlier(asOf(subscriptions), asOf(oneTime)),
  };
}

function itemsOf(listing: Listing | 'missing'): readonly UnknownRecord[] {
  return listing === 'missing' ? [] : listing.items;
}

/** A 404 answer names no time that matters: nothing was ever bought. */
function asOf(listing: Listing | 'missing'): number | null {
  return listing === 'missing' ? null : listing.asOf;
}

function earlier(a: number | null, b: number | null): number | null {
  return a === null || b === null ? (a ?? b) : Math.min(a, b);
}

async function activeEntitlements(client: RevenueCatClient, sub: string): Promise<ActiveEntitlements> {
  const path = `${customer(sub)}/active_entitlements?limit=100`;
  const operation = 'list active entitlements';
  const active = await listEvery(client, operation, path);
  // Without this answer, everything that the user owns would be over.
  if (active === 'missing') throw changed(operation);
  return readActiveEntitlements(active.items);
}

function changed(operation: string): Fault {
  return new Fault({ code: 'unavailable', system: 'revenuecat', operation, reason: 'customer_changed' });
}

/**
 * Returns a function that looks up the store's id of a product, such as `monthly_pro`, once per process. A product that the key
 * may not read, or that was deleted, keeps RevenueCat's own id: access does not depend on it.
 */
function productIds(client: RevenueCatClient): (id: string | null) => Promise<string | null> {
  const known = new Map<string, string>();
  return async (id) => {
    if (id === null) return null;
    const found = known.get(id) ?? (await storeProductId(client, id));
    if (found !== null) known.set(id, found);
    return found ?? id;
  };
}

async function storeProductId(client: RevenueCatClient, id: string): Promise<string | null> {
  if (!canBeInPath(id)) return null;
  try {
    const answer = await client.get('retrieve product', `/products/${encodeURIComponent(id)}`);
    return answer === 'missing' ? null : textAt(answer.body, 'store_identifier');
  } catch (error) {
    if (error instanceof Fault && error.details.code === 'refused') return null;
    throw error;
  }
}
