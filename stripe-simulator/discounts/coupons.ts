/** Creates, updates and deletes coupons. */
import type { Coupon } from '../model/discount.ts';
import { mergeMetadata } from '../protocol/metadata.ts';
import type { Params } from '../protocol/params.ts';
import type { ApiRequest } from '../protocol/route.ts';
import {
  invalidParameter,
  invalidRequest,
  missingParameter,
  noSuch,
  notFound,
} from '../protocol/stripe-error.ts';
import { add, change, emit } from '../world/records.ts';
import type { World } from '../world/world.ts';

const ID_LENGTH = 8;

/** Returns the coupon with its present validity. */
export function currentCoupon(world: World, coupon: Coupon): Coupon {
  const { max_redemptions: limit, redeem_by: until, times_redeemed: count } = coupon;
  const valid = (limit === null || count < limit) && (until === null || until > world.seconds());
  return { ...coupon, valid };
}

export function getCoupon(world: World, id: string): Coupon {
  const coupon = world.store.coupons.get(id);
  if (coupon === undefined) throw notFound('coupon', id);
  return currentCoupon(world, coupon);
}

export function createCoupon(world: World, { params }: ApiRequest): Coupon {
  const id =
    params.string('id') ?? world.ids.next('coupon_').slice('coupon_'.length, 'coupon_'.length + ID_LENGTH);
  if (world.store.coupons.get(id) !== undefined) {
    throw invalidRequest({ message: 'Coupon already exists.', code: 'resource_already_exists', param: 'id' });
  }
  const row: Coupon = {
    id,
    object: 'coupon',
    created: world.seconds(),
    ...valueOf(params),
    ...durationOf(params),
    ...productsOf(world, params),
    livemode: false,
    max_redemptions: positive(params, 'max_redemptions'),
    metadata: mergeMetadata({}, params),
    name: params.string('name') ?? null,
    redeem_by: redeemByOf(world, params),
    times_redeemed: 0,
    valid: true,
  };
  return add(world, world.store.coupons, { row, event: 'coupon.created' });
}

type Value = Pick<Coupon, 'amount_off' | 'currency' | 'currency_options' | 'percent_off'>;

function valueOf(params: Params): Value {
  const percent = percentOf(params);
  const amount = positive(params, 'amount_off');
  if ((percent === null) === (amount === null)) {
    throw invalidRequest({
      message: 'You must pass exactly one of these parameters: amount_off, percent_off.',
      param: percent === null ? 'percent_off' : 'amount_off',
    });
  }
  if (amount === null) return { amount_off: null, currency: null, percent_off: percent };
  const options = currencyOptionsOf(params);
  const value = {
    amount_off: amount,
    currency: params.required('currency').toLowerCase(),
    percent_off: null,
  };
  return options === undefined ? value : { ...value, currency_options: options };
}

function percentOf(params: Params): number | null {
  const text = params.string('percent_off');
  if (text === undefined) return null;
  const percent = Number(text);
  if (/^\d+(\.\d+)?$/.test(text) && percent > 0 && percent <= 100) return percent;
  throw invalidParameter({
    message: 'The percentage must be greater than 0 and at most 100.',
    param: 'percent_off',
  });
}

function currencyOptionsOf(params: Params): Coupon['currency_options'] {
  const options = params.object('currency_options');
  if (options === undefined) return undefined;
  return Object.fromEntries(
    options
      .names()
      .map((currency) => [
        currency.toLowerCase(),
        { amount_off: options.object(currency)?.integer('amount_off') ?? 0 },
      ]),
  );
}

function durationOf(params: Params): Pick<Coupon, 'duration' | 'duration_in_months'> {
  const duration = params.oneOf('duration', ['forever', 'once', 'repeating']) ?? 'once';
  const months = positive(params, 'duration_in_months');
  if (duration === 'repeating' && months === null) throw missingParameter('duration_in_months');
  if (duration !== 'repeating' && months !== null) {
    throw invalidRequest({
      message: '`duration_in_months` can only be set when `duration` is `repeating`.',
      param: 'duration_in_months',
    });
  }
  return { duration, duration_in_months: months };
}

function productsOf(world: World, params: Params): Pick<Coupon, 'applies_to'> {
  const products = params.object('applies_to')?.strings('products');
  if (products === undefined) return {};
  for (const id of products) {
    if (world.store.products.get(id) === undefined)
      throw noSuch('product', { id, param: 'applies_to[products]' });
  }
  return { applies_to: { products } };
}

function redeemByOf(world: World, params: Params): number | null {
  const at = params.integer('redeem_by') ?? null;
  if (at === null || at > world.seconds()) return at;
  throw invalidRequest({ message: 'redeem_by must be in the future.', param: 'redeem_by' });
}

export function positive(params: Params, name: string): number | null {
  const value = params.integer(name);
  if (value === undefined) return null;
  if (value >= 1) return value;
  throw invalidParameter({
    message: 'This value must be greater than or equal to 1.',
    code: 'parameter_invalid_integer',
    param: params.nameOf(name),
  });
}

/** The value and the duration of a coupon never change. */
export function updateCoupon(world: World, { id, params }: ApiRequest): Coupon {
  const current = getCoupon(world, id);
  const name = params.nullable('name');
  const options = currencyOptionsOf(params);
  return change(world, world.store.coupons, {
    id,
    patch: {
      metadata: mergeMetadata(current.metadata, params),
      ...(name === undefined ? {} : { name }),
      ...(options === undefined ? {} : { currency_options: { ...current.currency_options, ...options } }),
    },
    event: 'coupon.updated',
  });
}

/** Discounts that the coupon has become remain. */
export function deleteCoupon(world: World, { id }: ApiRequest): object {
  const coupon = getCoupon(world, id);
  world.store.coupons.delete(id);
  emit(world, 'coupon.deleted', { object: coupon });
  return { id, object: 'coupon', deleted: true };
}
