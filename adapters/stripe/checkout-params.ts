/** What a Checkout session is opened with. The same order always gives the same parameters, as the idempotency key requires. */
import type { Stripe } from 'stripe';
import type { LineItem } from '../../core/checkout/checkout-request.ts';
import type { ReturnPages } from '../../core/checkout/return-pages.ts';
import type { OpenedOrder } from '../../core/checkout/sessions.ts';
import { checkoutMetadataFor } from './metadata.ts';
import { saleMetadata } from './purchases.ts';

/** The metadata key of the order's fingerprint, on sessions of this checkout. */
export const FINGERPRINT = 'order';
/** The metadata key of the trial's length. Stripe shows a session's terms only on the subscription it creates. */
export const TRIAL = 'trial_days';

type Params = Stripe.Checkout.SessionCreateParams;

/** A session and its subscription name the pool, so that other stages ignore them. */
export function checkoutParams(order: OpenedOrder, poolId: string): Params {
  const metadata = checkoutMetadataFor(poolId, order.sub);
  const { fingerprint, trialDays, once } = order;
  return {
    customer: order.customerId,
    // Set only on the session. The subscription, or the payment, names its user in its metadata.
    client_reference_id: order.sub,
    line_items: [order, ...order.addOns].map(lineOf),
    metadata: {
      ...metadata,
      [FINGERPRINT]: fingerprint,
      ...(trialDays === null ? {} : { [TRIAL]: String(trialDays) }),
      ...(once === undefined ? {} : saleMetadata(once)),
    },
    ...(once === undefined
      ? { mode: 'subscription', subscription_data: { metadata, ...trialParams(order) } }
      : { mode: 'payment', payment_intent_data: { metadata } }),
    ...pageParams(order.pages),
    ...(order.locale === null ? {} : { locale: order.locale }),
    expires_at: order.expiresAt,
    ...(order.promotion ? { allow_promotion_codes: true } : {}),
    ...termParams(order),
  };
}

/** Stripe refuses a quantity of a price that bills usage. */
function lineOf({ price, quantity }: LineItem): Stripe.Checkout.SessionCreateParams.LineItem {
  return quantity === null ? { price } : { price, quantity };
}

function trialParams({ trialDays, terms }: OpenedOrder): Params['subscription_data'] {
  if (trialDays === null) return {};
  return {
    trial_period_days: trialDays,
    trial_settings: { end_behavior: { missing_payment_method: terms.trialEnd } },
  };
}

/** Stripe's default is its own page. */
function pageParams(pages: ReturnPages): Params {
  return pages.uiMode === 'hosted_page'
    ? { success_url: pages.successUrl, cancel_url: pages.cancelUrl }
    : { ui_mode: pages.uiMode, return_url: pages.returnUrl };
}

function termParams({ terms, collection, trialDays }: OpenedOrder): Params {
  const { saves, taxIds } = collection;
  const update = Object.fromEntries(saves.map((field) => [field, 'auto' as const]));
  return {
    ...(terms.automaticTax ? { automatic_tax: { enabled: true } } : {}),
    ...(taxIds ? { tax_id_collection: { enabled: true } } : {}),
    ...(saves.length === 0 ? {} : { customer_update: update }),
    ...(terms.billingAddress === null ? {} : { billing_address_collection: terms.billingAddress }),
    ...(terms.termsOfService ? { consent_collection: { terms_of_service: 'required' as const } } : {}),
    ...(terms.discount === null ? {} : { discounts: [terms.discount] }),
    ...(terms.paymentMethods === null ? {} : { allowed_payment_method_types: [...terms.paymentMethods] }),
    // Without a trial, Stripe would ask for no card where a discount covers the first period alone.
    ...(terms.trialWithoutCard && trialDays !== null
      ? { payment_method_collection: 'if_required' as const }
      : {}),
  };
}
