/** Creates and updates promotion codes, which customers type in to redeem a coupon. */
import type { Coupon, PromotionCode } from '../model/discount.ts';
import { mergeMetadata } from '../protocol/metadata.ts';
import type { Params } from '../protocol/params.ts';
import type { ApiRequest } from '../protocol/route.ts';
import { invalidRequest, missingParameter, noSuch, notFound } from '../protocol/stripe-error.ts';
import { add, change } from '../world/records.ts';
import type { World } from '../world/world.ts';
import { currentCoupon, positive } from './coupons.ts';

const CODE_LENGTH = 8;
const MAX_CODE_LENGTH = 500;

/** Returns the code with its present state: it is inactive once its coupon is invalid or it has reached a limit. */
export function currentPromotionCode(world: World, code: PromotionCode): PromotionCode {
  const { expires_at: until, max_redemptions: limit, times_redeemed: count } = code;
  const coupon = world.store.coupons.get(code.promotion.coupon);
  const active =
    code.active &&
    coupon !== undefined &&
    currentCoupon(world, coupon).valid &&
    (limit === null || count < limit) &&
    (until === null || until > world.seconds());
  return { ...code, active };
}

export function getPromotionCode(world: World, id: string): PromotionCode {
  const code = world.store.promotionCodes.get(id);
  if (code === undefined) throw notFound('promotion code', id);
  return currentPromotionCode(world, code);
}

/** Returns the active code that a customer has typed in. Upper and lower case are the same. */
export function activeCodeOf(world: World, text: string): PromotionCode | undefined {
  return world.store.promotionCodes
    .where('code', text.trim().toLowerCase())
    .map((code) => currentPromotionCode(world, code))
    .find(({ active }) => active);
}

export function createPromotionCode(world: World, { params }: ApiRequest): PromotionCode {
  const coupon = couponOf(world, params);
  const customer = params.string('customer');
  if (customer !== undefined && world.store.customers.get(customer) === undefined) {
    throw noSuch('customer', { id: customer, param: 'customer' });
  }
  const code = codeOf(world, params);
  const row: PromotionCode = {
    id: world.ids.next('promo_'),
    object: 'promotion_code',
    active: params.boolean('active') ?? true,
    code,
    created: world.seconds(),
    customer: customer ?? null,
    customer_account: null,
    expires_at: expiryOf(world, params, coupon),
    livemode: false,
    max_redemptions: limitOf(params, coupon),
    metadata: mergeMetadata({}, params),
    promotion: { coupon: coupon.id, type: 'coupon' },
    restrictions: restrictionsOf(params.object('restrictions')),
    times_redeemed: 0,
  };
  return add(world, world.store.promotionCodes, { row, event: 'promotion_code.created' });
}

/** Since 2025-09-30.clover, the coupon is in `promotion`; before, it is a parameter of its own. */
function couponOf(world: World, params: Params): Coupon {
  const promotion = params.object('promotion');
  const holder = promotion ?? params;
  const param = holder.nameOf('coupon');
  const id = holder.string('coupon');
  if (promotion !== undefined) promotion.oneOf('type', ['coupon']);
  if (id === undefined) throw missingParameter(promotion === undefined ? 'promotion' : param);
  const coupon = world.store.coupons.get(id);
  if (coupon === undefined) throw noSuch('coupon', { id, param });
  return coupon;
}

function codeOf(world: World, params: Params): string {
  const given = params.string('code');
  if (given === undefined) return world.ids.next('code_').slice(-CODE_LENGTH).toUpperCase();
  if (!/^[A-Za-z0-9-]+$/.test(given) || given.length > MAX_CODE_LENGTH) {
    throw invalidRequest({
      message: 'Promotion codes can only contain letters, digits and dashes.',
      param: 'code',
    });
  }
  if (activeCodeOf(world, given) === undefined) return given;
  throw invalidRequest({
    message: `An active promotion code with \`code: ${given}\` already exists.`,
    param: 'code',
  });
}

function expiryOf(world: World, params: Params, { redeem_by: until }: Coupon): number | null {
  const at = params.integer('expires_at') ?? null;
  if (at === null) return null;
  if (at <= world.seconds()) {
    throw invalidRequest({ message: 'The promotion code must expire in the future.', param: 'expires_at' });
  }
  if (until === null || at <= until) return at;
  throw invalidRequest({
    message: 'The promotion code cannot expire after the `redeem_by` of its coupon.',
    param: 'expires_at',
  });
}

function limitOf(params: Params, { max_redemptions: most }: Coupon): number | null {
  const limit = positive(params, 'max_redemptions');
  if (limit === null || most === null || limit <= most) return limit;
  throw invalidRequest({
    message: 'The promotion code cannot have more redemptions than its coupon.',
    param: 'max_redemptions',
  });
}

function restrictionsOf(params: Params | undefined): PromotionCode['restrictions'] {
  const amount = params?.integer('minimum_amount') ?? null;
  const currency = params?.string('minimum_amount_currency')?.toLowerCase() ?? null;
  if (params !== undefined && amount !== null && currency === null) {
    throw missingParameter(params.nameOf('minimum_amount_currency'));
  }
  return {
    first_time_transaction: params?.boolean('first_time_transaction') ?? false,
    minimum_amount: amount,
    minimum_amount_currency: currency,
  };
}

export function updatePromotionCode(world: World, { id, params }: ApiRequest): PromotionCode {
  const current = getPromotionCode(world, id);
  const active = params.boolean('active');
  if (active === true && !currentPromotionCode(world, { ...current, active: true }).active) {
    throw invalidRequest({
      message: 'The promotion code cannot be activated: it or its coupon can no longer be redeemed.',
      param: 'active',
    });
  }
  return change(world, world.store.promotionCodes, {
    id,
    patch: {
      metadata: mergeMetadata(current.metadata, params),
      ...(active === undefined ? {} : { active }),
    },
    event: 'promotion_code.updated',
  });
}
