/** What a discount takes off, in the currency of an invoice. */
import type { DiscountTerms } from '../amounts/discount-shares.ts';
import type { Coupon } from '../model/discount.ts';
import type { World } from '../world/world.ts';

export function discountTerms(world: World, id: string, currency: string): DiscountTerms | undefined {
  const coupon = world.store.redeemedCoupons.get(id)?.coupon;
  return coupon && { ...termsOfCoupon(coupon, currency), id };
}

/** Returns what a coupon takes off before it is redeemed. */
export function termsOfCoupon(coupon: Coupon, currency: string): DiscountTerms {
  return {
    id: coupon.id,
    percentOff: coupon.percent_off,
    amountOff: amountOffIn(coupon, currency) ?? null,
    products: coupon.applies_to?.products ?? null,
  };
}

export function amountOffIn(coupon: Coupon, currency: string): number | undefined {
  if (coupon.currency === currency) return coupon.amount_off ?? undefined;
  return coupon.currency_options?.[currency]?.amount_off;
}
