/** Turns coupons and promotion codes into discounts, as far as their limits allow it. */
import type { Coupon, Discount, PromotionCode } from '../model/discount.ts';
import type { Params } from '../protocol/params.ts';
import { invalidRequest, noSuch } from '../protocol/stripe-error.ts';
import { addIntervals } from '../time/billing-periods.ts';
import { change } from '../world/records.ts';
import type { World } from '../world/world.ts';
import { currentCoupon } from './coupons.ts';
import { amountOffIn } from './discount-terms.ts';
import { currentPromotionCode } from './promotion-codes.ts';

/** What a discount is applied to. */
export interface DiscountOwner {
  readonly customer: string | null;
  readonly subscription?: string;
  readonly subscription_item?: string;
  readonly invoice?: string;
  readonly invoice_item?: string;
  readonly checkout_session?: string;
}

/** What the discount is for. A customer has no currency and no amount of its own. */
export interface Purchase {
  readonly currency?: string;
  readonly amount?: number;
}

/** A coupon that may be redeemed, with the code that stands for it. */
export interface Redeemable {
  readonly coupon: Coupon;
  readonly promotionCode: PromotionCode | null;
  /** A discount that exists already and is taken over. */
  readonly existing?: string;
}

/** Reads `discounts`. Returns undefined if it is absent, and an empty list if it is to be cleared. */
export function readDiscounts(
  world: World,
  params: Params,
  purchase: Purchase & { readonly customer: string | null },
): readonly Redeemable[] | undefined {
  const entries = params.objects('discounts');
  if (entries === undefined) return undefined;
  return entries.map((entry) => readEntry(world, entry, purchase));
}

function readEntry(
  world: World,
  entry: Params,
  purchase: Purchase & { readonly customer: string | null },
): Redeemable {
  const given = ['coupon', 'discount', 'promotion_code'].filter((name) => entry.has(name));
  if (given.length !== 1) {
    throw invalidRequest({
      message: 'Each discount needs exactly one of these parameters: coupon, discount, promotion_code.',
      param: entry.nameOf('coupon'),
    });
  }
  const existing = entry.string('discount');
  if (existing !== undefined) return takenOver(world, existing, entry.nameOf('discount'));
  const code = entry.string('promotion_code');
  if (code !== undefined) {
    return redeemableCode(world, { id: code, param: entry.nameOf('promotion_code') }, purchase);
  }
  return redeemableCoupon(world, { id: entry.required('coupon'), param: entry.nameOf('coupon') }, purchase);
}

export function takenOver(world: World, id: string, param: string): Redeemable {
  const coupon = world.store.redeemedCoupons.get(id)?.coupon;
  if (coupon === undefined) throw noSuch('discount', { id, param });
  return { coupon, promotionCode: null, existing: id };
}

export function redeemableCoupon(
  world: World,
  reference: { readonly id: string; readonly param: string },
  purchase: Purchase,
): Redeemable {
  const found = world.store.coupons.get(reference.id);
  if (found === undefined) throw noSuch('coupon', reference);
  const coupon = currentCoupon(world, found);
  if (!coupon.valid) {
    const message = `Coupon expired: ${coupon.id}`;
    throw invalidRequest({ message, code: 'coupon_expired', param: reference.param });
  }
  checkCurrency(coupon, purchase.currency, reference.param);
  return { coupon, promotionCode: null };
}

function checkCurrency(coupon: Coupon, currency: string | undefined, param: string): void {
  if (coupon.amount_off === null || currency === undefined) return;
  if (amountOffIn(coupon, currency) !== undefined) return;
  throw invalidRequest({
    message: `The coupon ${coupon.id} has the currency ${coupon.currency ?? ''}, which is not that of the purchase (${currency}).`,
    param,
  });
}

export function redeemableCode(
  world: World,
  reference: { readonly id: string; readonly param: string },
  purchase: Purchase & { readonly customer: string | null },
): Redeemable {
  const found = world.store.promotionCodes.get(reference.id);
  if (found === undefined) throw noSuch('promotion code', reference);
  const promotionCode = currentPromotionCode(world, found);
  checkCode(world, promotionCode, { ...purchase, param: reference.param });
  const coupon = { id: promotionCode.promotion.coupon, param: reference.param };
  return { ...redeemableCoupon(world, coupon, purchase), promotionCode };
}

function checkCode(
  world: World,
  code: PromotionCode,
  purchase: Purchase & { readonly customer: string | null; readonly param: string },
): void {
  const { customer, amount, param } = purchase;
  const refuse = (reason: string) =>
    invalidRequest({ message: `This promotion code cannot be redeemed because ${reason}.`, param });
  const { first_time_transaction: firstOnly, minimum_amount: minimum } = code.restrictions;
  if (!code.active) throw refuse('it is not active');
  if (code.customer !== null && code.customer !== customer) throw refuse('it belongs to another customer');
  if (firstOnly && customer !== null && hasPaid(world, customer)) {
    throw refuse('the associated customer has prior transactions');
  }
  if (minimum !== null && amount !== undefined && amount < minimum) {
    throw refuse('the amount is less than its minimum');
  }
}

function hasPaid(world: World, customer: string): boolean {
  const invoices = world.store.invoices.where('customer', customer);
  return (
    invoices.some(({ amount_paid: paid }) => paid > 0) ||
    world.store.charges.oldestFirst().some((charge) => charge.customer === customer && charge.paid)
  );
}

/** A discount that is not stored yet. */
export interface PlannedDiscount {
  readonly discount: Discount;
  readonly redeemable: Redeemable;
}

/** Prepares discounts, so that an invoice can be computed with them before anything is stored or counted. */
export function planDiscounts(
  world: World,
  redeemables: readonly Redeemable[],
  owner: DiscountOwner,
): readonly PlannedDiscount[] {
  return redeemables.map((redeemable) => {
    const kept = world.store.discounts.get(redeemable.existing ?? '');
    const discount = kept ?? newDiscount(world, redeemable, owner);
    world.store.redeemedCoupons.put({ id: discount.id, coupon: redeemable.coupon });
    return { discount, redeemable };
  });
}

function newDiscount(world: World, { coupon, promotionCode }: Redeemable, owner: DiscountOwner): Discount {
  const now = world.seconds();
  return {
    id: world.ids.next('di_'),
    object: 'discount',
    checkout_session: null,
    customer_account: null,
    invoice: null,
    invoice_item: null,
    subscription: null,
    subscription_item: null,
    ...owner,
    end: endOf(coupon, now),
    promotion_code: promotionCode?.id ?? null,
    source: { coupon: coupon.id, type: 'coupon' },
    start: now,
  };
}

/** Stores planned discounts, and counts their redemptions. Returns those that are new. */
export function redeem(world: World, planned: readonly PlannedDiscount[]): readonly Discount[] {
  const fresh = planned.filter(({ discount }) => world.store.discounts.get(discount.id) === undefined);
  for (const { discount, redeemable } of fresh) {
    world.store.discounts.put(discount);
    countRedemption(world, redeemable);
  }
  return fresh.map(({ discount }) => discount);
}

/** Drops planned discounts that are not needed. */
export function forgetDiscounts(world: World, planned: readonly PlannedDiscount[]): void {
  for (const { discount } of planned)
    if (world.store.discounts.get(discount.id) === undefined) world.store.redeemedCoupons.drop(discount.id);
}

function endOf({ duration, duration_in_months: months }: Coupon, start: number): number | null {
  if (duration !== 'repeating') return null;
  return addIntervals(start, { interval: 'month', interval_count: 1 }, months ?? 1);
}

function countRedemption(world: World, { coupon: { id }, promotionCode }: Redeemable): void {
  const coupon = world.store.coupons.get(id);
  if (coupon !== undefined) {
    const counted = currentCoupon(world, { ...coupon, times_redeemed: coupon.times_redeemed + 1 });
    change(world, world.store.coupons, { id, patch: counted, event: 'coupon.updated' });
  }
  const code = promotionCode === null ? undefined : world.store.promotionCodes.get(promotionCode.id);
  if (code === undefined) return;
  const counted = currentPromotionCode(world, { ...code, times_redeemed: code.times_redeemed + 1 });
  change(world, world.store.promotionCodes, { id: code.id, patch: counted, event: 'promotion_code.updated' });
}
