/** The reference from a thin event to the object that it is about. */
import type { ThinRelation } from '../protocol/event-types.ts';
import type { JsonObject } from './json.ts';

/** Where the objects of a kind are read, by their `object`. */
export const objectPaths: Readonly<Record<string, string>> = {
  account: '/v1/accounts',
  'billing.meter': '/v1/billing/meters',
  'billing_portal.configuration': '/v1/billing_portal/configurations',
  charge: '/v1/charges',
  'checkout.session': '/v1/checkout/sessions',
  coupon: '/v1/coupons',
  credit_note: '/v1/credit_notes',
  customer: '/v1/customers',
  dispute: '/v1/disputes',
  'identity.verification_session': '/v1/identity/verification_sessions',
  invoice: '/v1/invoices',
  invoice_payment: '/v1/invoice_payments',
  invoiceitem: '/v1/invoiceitems',
  'issuing.card': '/v1/issuing/cards',
  'issuing.cardholder': '/v1/issuing/cardholders',
  payment_intent: '/v1/payment_intents',
  payment_link: '/v1/payment_links',
  payment_method: '/v1/payment_methods',
  payout: '/v1/payouts',
  plan: '/v1/plans',
  price: '/v1/prices',
  product: '/v1/products',
  promotion_code: '/v1/promotion_codes',
  quote: '/v1/quotes',
  refund: '/v1/refunds',
  setup_intent: '/v1/setup_intents',
  subscription: '/v1/subscriptions',
  subscription_schedule: '/v1/subscription_schedules',
  tax_rate: '/v1/tax_rates',
  'test_helpers.test_clock': '/v1/test_helpers/test_clocks',
  topup: '/v1/topups',
  transfer: '/v1/transfers',
  'v2.core.event_destination': '/v2/core/event_destinations',
};

export function relatedObject(relation: ThinRelation | undefined, value: object): JsonObject | null {
  const object: Readonly<Record<string, unknown>> = { ...value };
  const type = textIn(object, 'object');
  if (relation === 'singleton') {
    const url = singletonUrl(type, object);
    return url === undefined ? null : { type, url };
  }
  const path = objectPaths[type];
  const id = textIn(object, 'id');
  if (relation !== 'object' || path === undefined || id === '') return null;
  return { id, type, url: `${path}/${encodeURIComponent(id)}` };
}

/** What belongs to another object is read below that. */
function singletonUrl(type: string, object: Readonly<Record<string, unknown>>): string | undefined {
  if (type === 'balance') return '/v1/balance';
  const subscription = textIn(object, 'subscription');
  const customer = textIn(object, 'customer');
  if (type === 'discount' && subscription !== '') return `/v1/subscriptions/${subscription}/discount`;
  if (type === 'discount' && customer !== '') return `/v1/customers/${customer}/discount`;
  return type === 'cash_balance' && customer !== '' ? `/v1/customers/${customer}/cash_balance` : undefined;
}

function textIn(object: Readonly<Record<string, unknown>>, name: string): string {
  const value = object[name];
  return typeof value === 'string' ? value : '';
}
