/** The coupons of a Checkout order, and their redemption. */
import {
  planDiscounts,
  type Redeemable,
  redeem,
  redeemableCode,
  redeemableCoupon,
} from '../discounts/redemption.ts';
import type { CheckoutOrder, CheckoutSession } from '../model/checkout.ts';
import { StripeError } from '../protocol/stripe-error.ts';
import type { World } from '../world/world.ts';

/** Returns the coupons of an order, as far as they can still be redeemed. */
export function redeemablesOf(
  world: World,
  order: CheckoutOrder,
  customer: string | null,
): readonly Redeemable[] {
  return (order.discounts ?? []).flatMap(({ coupon, promotion_code: code }) => {
    const param = 'discounts';
    try {
      if (code !== null) return [redeemableCode(world, { id: code, param }, { customer })];
      return [redeemableCoupon(world, { id: coupon ?? '', param }, {})];
    } catch (error) {
      if (error instanceof StripeError) return [];
      throw error;
    }
  });
}

/** Redeems what a single payment was discounted with. */
export function redeemForPayment(world: World, session: CheckoutSession, order: CheckoutOrder): void {
  const owner = { customer: session.customer, checkout_session: session.id };
  redeem(world, planDiscounts(world, redeemablesOf(world, order, session.customer), owner));
}
