/** The products that the stores sell, and their entitlements. */
import type { Entitlement, Product } from '../model/product.ts';
import type { Duration } from '../model/values.ts';
import { invalidParameter, missing } from '../protocol/errors.ts';
import type { World } from '../world/world.ts';

export interface ProductSpec {
  /** The identifier in the store, such as `monthly_pro`. */
  readonly storeIdentifier: string;
  /** The billing period. Without it, the product is a one-time product. */
  readonly duration?: Duration;
  readonly displayName?: string;
  /** In US dollars. Default: 9.99. */
  readonly price?: number;
  /** The lookup keys of the entitlements that it grants. */
  readonly entitlements: readonly string[];
}

export const defaultProducts: readonly ProductSpec[] = [
  {
    storeIdentifier: 'monthly_pro',
    duration: 'P1M',
    displayName: 'Pro, monthly',
    price: 9.99,
    entitlements: ['pro'],
  },
  {
    storeIdentifier: 'yearly_pro',
    duration: 'P1Y',
    displayName: 'Pro, yearly',
    price: 99.99,
    entitlements: ['pro'],
  },
  { storeIdentifier: 'lifetime_pro', displayName: 'Pro, lifetime', price: 199.99, entitlements: ['pro'] },
];

const DEFAULT_PRICE = 9.99;

/** Creates the products that do not exist yet, so that a restart creates none twice. */
export function seedProducts(world: World, specs: readonly ProductSpec[]): void {
  for (const spec of specs)
    if (findProduct(world, spec.storeIdentifier) === undefined) createProduct(world, spec);
}

export function createProduct(world: World, spec: ProductSpec): Product {
  const { storeIdentifier, duration } = spec;
  if (findProduct(world, storeIdentifier) !== undefined) {
    throw invalidParameter('store_identifier', `The product ${storeIdentifier} exists already.`);
  }
  return world.store.products.put({
    id: world.ids.next('prod'),
    store_identifier: storeIdentifier,
    type: duration === undefined ? 'one_time' : 'subscription',
    display_name: spec.displayName ?? storeIdentifier,
    created_at: world.nowMs(),
    duration: duration ?? null,
    price: spec.price ?? DEFAULT_PRICE,
    entitlement_ids: spec.entitlements.map((key) => entitlementOf(world, key).id),
  });
}

/** Finds a product by the identifier of the store or by its own id. */
export function findProduct(world: World, name: string): Product | undefined {
  const { products } = world.store;
  return (
    products.get(name) ?? products.oldestFirst().find(({ store_identifier }) => store_identifier === name)
  );
}

export function getProduct(world: World, name: string): Product {
  const product = findProduct(world, name);
  if (product === undefined) throw missing('product', name);
  return product;
}

/** Returns the product if it is sold as a subscription, with its billing period. */
export function subscriptionProduct(world: World, name: string): Product & { readonly duration: Duration } {
  const product = getProduct(world, name);
  if (product.duration === null) throw invalidParameter('product', `${name} is not a subscription.`);
  return { ...product, duration: product.duration };
}

export function findEntitlement(world: World, lookupKey: string): Entitlement | undefined {
  return world.store.entitlements.oldestFirst().find(({ lookup_key }) => lookup_key === lookupKey);
}

function entitlementOf(world: World, lookupKey: string): Entitlement {
  return (
    findEntitlement(world, lookupKey) ??
    world.store.entitlements.put({
      id: world.ids.next('entl'),
      lookup_key: lookupKey,
      display_name: lookupKey,
      created_at: world.nowMs(),
    })
  );
}

/** Returns the lookup keys of entitlements, which webhooks carry. */
export function lookupKeysOf(world: World, ids: readonly string[]): readonly string[] {
  return ids.flatMap((id) => world.store.entitlements.get(id)?.lookup_key ?? []);
}
