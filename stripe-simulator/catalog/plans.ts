/** Plans, the predecessors of recurring prices. A plan is another view of the price with the same id. */
import type { Price } from '../model/catalog.ts';
import { mergeMetadata } from '../protocol/metadata.ts';
import { Params } from '../protocol/params.ts';
import type { ApiRequest } from '../protocol/route.ts';
import { invalidRequest, missingParameter, noSuch, notFound } from '../protocol/stripe-error.ts';
import { planOfPrice } from '../render/plan.ts';
import { add, emit } from '../world/records.ts';
import type { World } from '../world/world.ts';
import { priceTerms } from './price-terms.ts';
import { savePrice } from './prices.ts';
import { createProduct } from './products.ts';
import { recurringOf } from './recurring.ts';

function recurringPrice(world: World, id: string): Price {
  const price = world.store.prices.get(id);
  if (price === undefined || price.recurring === null) throw notFound('plan', id);
  return price;
}

export function getPlan(world: World, { id }: ApiRequest): object {
  return planOfPrice(recurringPrice(world, id));
}

/** The parameters of a plan that have other names than those of a price. */
const priceNames = {
  amount: 'unit_amount',
  amount_decimal: 'unit_amount_decimal',
  transform_usage: 'transform_quantity',
} as const;

export function createPlan(world: World, { params }: ApiRequest): object {
  const id = params.string('id') ?? world.ids.next('plan_');
  if (world.store.prices.get(id) !== undefined) {
    throw invalidRequest({ message: 'Plan already exists.', code: 'resource_already_exists', param: 'id' });
  }
  const recurring = recurringOf(world, params);
  if (recurring === null) throw missingParameter('interval');
  const row: Price = {
    id,
    object: 'price',
    active: params.boolean('active') ?? true,
    ...priceTerms(asPrice(params)),
    created: world.seconds(),
    currency: params.required('currency').toLowerCase(),
    custom_unit_amount: null,
    livemode: false,
    lookup_key: null,
    metadata: mergeMetadata({}, params),
    nickname: params.string('nickname') ?? null,
    product: productOf(world, params),
    recurring,
    tax_behavior: 'unspecified',
    type: 'recurring',
  };
  add(world, world.store.prices, { row, event: 'price.created' });
  emit(world, 'plan.created', { object: planOfPrice(row) });
  return planOfPrice(row);
}

function asPrice(params: Params): Params {
  const names = ['billing_scheme', 'tiers', 'tiers_mode', ...Object.keys(priceNames)];
  const renamed = names.flatMap((name) => {
    const value = params.raw(name);
    const priceName = name in priceNames ? priceNames[name as keyof typeof priceNames] : name;
    return value === undefined ? [] : [[priceName, value] as const];
  });
  return new Params(Object.fromEntries(renamed));
}

/** A plan without a product has had one made for it since 2018-02-05. */
function productOf(world: World, params: Params): string {
  const product = params.raw('product');
  if (product === undefined) throw missingParameter('product');
  if (typeof product !== 'string') {
    const data = params.object('product');
    if (data === undefined) throw missingParameter('product');
    return createProduct(world, data).id;
  }
  if (world.store.products.get(product) === undefined) {
    throw noSuch('product', { id: product, param: 'product' });
  }
  return product;
}

export function updatePlan(world: World, { id, params }: ApiRequest): object {
  const price = recurringPrice(world, id);
  const patch: Partial<Price> = { metadata: mergeMetadata(price.metadata, params) };
  const active = params.boolean('active');
  if (active !== undefined) patch.active = active;
  const nickname = params.nullable('nickname');
  if (nickname !== undefined) patch.nickname = nickname;
  const days = params.integer('trial_period_days');
  if (days !== undefined && price.recurring !== null) {
    patch.recurring = { ...price.recurring, trial_period_days: days };
  }
  if (params.has('product')) patch.product = productOf(world, params);
  return planOfPrice(savePrice(world, id, patch));
}

/** Subscriptions keep a deleted plan, but there are no new ones to it. */
export function deletePlan(world: World, { id }: ApiRequest): object {
  const price = recurringPrice(world, id);
  world.store.prices.delete(id);
  emit(world, 'plan.deleted', { object: planOfPrice(price) });
  emit(world, 'price.deleted', { object: price });
  return { id, object: 'plan', deleted: true };
}
