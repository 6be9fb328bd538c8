/** Creates and updates prices. */

import type { Price } from '../model/catalog.ts';
import { mergeMetadata } from '../protocol/metadata.ts';
import type { Params } from '../protocol/params.ts';
import type { ApiRequest } from '../protocol/route.ts';
import { invalidRequest, noSuch, notFound } from '../protocol/stripe-error.ts';
import { planOfPrice } from '../render/plan.ts';
import { add, change, emit } from '../world/records.ts';
import type { World } from '../world/world.ts';
import { currencyOptionsOf } from './currency-options.ts';
import { priceTerms } from './price-terms.ts';
import { createProduct } from './products.ts';
import { recurringOf } from './recurring.ts';

/** Creates a price, from the parameters of `POST /v1/prices` or from `price_data`. */
export function createPrice(world: World, params: Params): Price {
  const terms = priceTerms(params);
  const recurring = recurringOf(world, params.object('recurring'));
  const currency = params.required('currency').toLowerCase();
  const product = productOf(world, params);
  const lookupKey = params.string('lookup_key') ?? null;
  const options = currencyOptionsOf(params, { ...terms, currency });
  const row: Price = {
    id: world.ids.next('price_'),
    object: 'price',
    active: params.boolean('active') ?? true,
    ...terms,
    created: world.seconds(),
    currency,
    ...(options === undefined ? {} : { currency_options: options }),
    custom_unit_amount: null,
    livemode: false,
    lookup_key: lookupKey,
    metadata: mergeMetadata({}, params),
    nickname: params.string('nickname') ?? null,
    product,
    recurring,
    tax_behavior: params.string('tax_behavior') ?? 'unspecified',
    type: recurring === null ? 'one_time' : 'recurring',
  };
  if (lookupKey !== null) claimLookupKey(world, lookupKey, params);
  add(world, world.store.prices, { row, event: 'price.created' });
  if (recurring !== null) emit(world, 'plan.created', { object: planOfPrice(row) });
  return row;
}

function productOf(world: World, params: Params): string {
  const data = params.object('product_data');
  if (data !== undefined) return createProduct(world, data).id;
  const id = params.required('product');
  if (world.store.products.get(id) === undefined) {
    throw noSuch('product', { id, param: params.nameOf('product') });
  }
  return id;
}

/**
 * Takes the lookup key from the price that has it, if `transfer_lookup_key` is set. A key belongs to at most one price.
 */
function claimLookupKey(world: World, key: string, params: Params): void {
  const holder = world.store.prices.oldestFirst().find((price) => price.lookup_key === key);
  if (holder === undefined) return;
  if (params.boolean('transfer_lookup_key') !== true) {
    throw invalidRequest({
      message: `A price (\`${holder.id}\`) already uses that lookup key.`,
      code: 'resource_already_exists',
      param: 'lookup_key',
    });
  }
  savePrice(world, holder.id, { lookup_key: null });
}

export function getPrice(world: World, id: string): Price {
  const price = world.store.prices.get(id);
  if (price === undefined) throw notFound('price', id);
  return price;
}

/** Returns the price that a parameter refers to. */
export function resolvePrice(world: World, id: string, param: string): Price {
  const price = world.store.prices.get(id);
  if (price === undefined) throw noSuch('price', { id, param });
  return price;
}

/** Updates a price, also in the subscription items that contain a copy of it. */
export function savePrice(world: World, id: string, patch: Partial<Price>): Price {
  const before = world.store.prices.get(id);
  const price = change(world, world.store.prices, { id, patch, event: 'price.updated' });
  announcePlan(world, before, price);
  for (const subscription of world.store.subscriptions.oldestFirst()) {
    if (!subscription.items.data.some((item) => item.price.id === id)) continue;
    const data = subscription.items.data.map((item) => (item.price.id === id ? { ...item, price } : item));
    world.store.subscriptions.put({ ...subscription, items: { ...subscription.items, data } });
  }
  return price;
}

/** The plan of a recurring price has changed with it, unless only the price has the field. */
function announcePlan(world: World, before: Price | undefined, price: Price): void {
  if (before === undefined || before.recurring === null) return;
  const [object, previous] = [planOfPrice(price), planOfPrice(before)];
  if (JSON.stringify(object) !== JSON.stringify(previous)) emit(world, 'plan.updated', { object, previous });
}

export function updatePrice(world: World, { id, params }: ApiRequest): Price {
  const price = getPrice(world, id);
  const patch: Partial<Price> = { metadata: mergeMetadata(price.metadata, params) };
  const active = params.boolean('active');
  if (active !== undefined) patch.active = active;
  const nickname = params.nullable('nickname');
  if (nickname !== undefined) patch.nickname = nickname;
  const lookupKey = params.nullable('lookup_key');
  if (lookupKey !== undefined && lookupKey !== price.lookup_key) {
    if (lookupKey !== null) claimLookupKey(world, lookupKey, params);
    patch.lookup_key = lookupKey;
  }
  const options = currencyOptionsOf(params, price);
  if (options !== undefined) patch.currency_options = { ...price.currency_options, ...options };
  return savePrice(world, id, patch);
}
