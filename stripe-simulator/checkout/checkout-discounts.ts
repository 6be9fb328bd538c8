/** The discount of a Checkout session: given when it is created, or entered as a code on its page. */
import { activeCodeOf } from '../discounts/promotion-codes.ts';
import { readDiscounts, redeemableCode } from '../discounts/redemption.ts';
import type { CheckoutDiscount, CheckoutOrder, CheckoutSession } from '../model/checkout.ts';
import type { Params } from '../protocol/params.ts';
import { invalidRequest, StripeError } from '../protocol/stripe-error.ts';
import { change } from '../world/records.ts';
import type { World } from '../world/world.ts';
import { priceSession } from './checkout-amounts.ts';

/** Reads `discounts` of a new session. */
export function discountsOf(
  world: World,
  params: Params,
  purchase: { readonly currency: string; readonly customer: string | null },
): readonly CheckoutDiscount[] {
  const redeemables = readDiscounts(world, params, purchase) ?? [];
  if (redeemables.length > 1) {
    throw invalidRequest({
      message: 'You can only apply one discount to a Checkout Session.',
      param: 'discounts',
    });
  }
  return redeemables.map(({ coupon, promotionCode }) => ({
    coupon: promotionCode === null ? coupon.id : null,
    promotion_code: promotionCode?.id ?? null,
  }));
}

export type CodeResult = { readonly order: CheckoutOrder } | { readonly problem: string };

/** Applies the code that a customer has entered on the page. An empty one removes it. */
export function applyCode(
  world: World,
  { session, order }: { session: CheckoutSession; order: CheckoutOrder },
  text: string,
): CodeResult {
  if (text === '') return { order: store(world, session, { ...order, discounts: [] }) };
  const code = activeCodeOf(world, text);
  const problem = 'This code is invalid.';
  if (code === undefined) return { problem };
  const { amount_subtotal: amount, currency, customer } = session;
  try {
    const purchase = { customer, currency: currency ?? 'usd', amount: amount ?? 0 };
    redeemableCode(world, { id: code.id, param: 'promotion_code' }, purchase);
  } catch (error) {
    if (error instanceof StripeError) return { problem };
    throw error;
  }
  const discounts = [{ coupon: null, promotion_code: code.id }];
  return { order: store(world, session, { ...order, discounts }) };
}

function store(world: World, session: CheckoutSession, order: CheckoutOrder): CheckoutOrder {
  change(world, world.store.checkoutSessions, {
    id: session.id,
    patch: { ...priceSession(world, session, order), discounts: order.discounts ?? [] },
  });
  return order;
}
