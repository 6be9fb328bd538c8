/** The examples of the OpenAPI document. Their types are those of the answers, so that they cannot fall behind. */
import type { AccountDeletionResponse, DeletionFailureFields } from '../../contract/account.ts';
import type { BillingResponse } from '../../contract/billing.ts';
import type {
  BillingPortalSessionRequest,
  BillingPortalSessionResponse,
  CheckoutSessionRequest,
  CheckoutSessionResponse,
} from '../../contract/checkout.ts';
import type { EntitlementsResponse } from '../../contract/entitlements.ts';
import type { Operation } from '../../contract/operations.ts';
import type { OfferedPrice, OwnPricesResponse, PricesResponse } from '../../contract/prices.ts';
import { type Problem, type ProblemCode, problems } from '../../contract/problem.ts';
import type { WebhookResponse } from '../../contract/webhooks.ts';
import { subscriptionExamples } from './subscription-examples.ts';

const PERIOD_END = 1_798_761_600;

const noEntitlement: EntitlementsResponse = {
  status: 'none',
  plan: null,
  quantity: null,
  add_ons: [],
  current_period_end: null,
  trial_expires_at: null,
  trial_started_at: null,
  trial_active: false,
  trial_days_remaining: 0,
  access_granted: false,
  access_reason: 'no_entitlement',
  cancel_at_period_end: null,
  cancel_at: null,
  features: null,
  source: null,
  manage_url: null,
  payment_pending: false,
  updated_at: null,
  billing_notices: [],
};

const subscriber: EntitlementsResponse = {
  ...noEntitlement,
  status: 'active',
  plan: 'price_1QxYzPro',
  quantity: 1,
  current_period_end: PERIOD_END,
  access_granted: true,
  access_reason: 'active_subscription',
  cancel_at_period_end: false,
  features: ['export', 'priority_support'],
  source: 'stripe',
  updated_at: '2026-11-28T09:30:00.000Z',
};

const inAppStore: EntitlementsResponse = {
  ...subscriber,
  plan: 'monthly_pro',
  source: 'app_store',
  manage_url: 'https://apps.apple.com/account/subscriptions',
};

const inTrial: EntitlementsResponse = {
  ...noEntitlement,
  status: 'trialing',
  trial_expires_at: PERIOD_END,
  trial_started_at: '2026-12-24T10:00:00.000Z',
  trial_active: true,
  trial_days_remaining: 7,
  access_granted: true,
  access_reason: 'trial',
  source: 'trial',
  updated_at: '2026-12-24T10:00:00.000Z',
};

const order: CheckoutSessionRequest = {
  price: 'pro_monthly',
  success_url: 'https://app.example.com/welcome?session_id={CHECKOUT_SESSION_ID}',
  cancel_url: 'https://app.example.com/pricing',
};

const session: CheckoutSessionResponse = {
  id: 'cs_test_a1b2c3',
  url: 'https://checkout.stripe.com/c/pay/cs_test_a1b2c3',
  client_secret: null,
  expires_at: PERIOD_END,
  trial: { days: 7 },
  due_today: { amount: 0, currency: 'usd', tax: 0 },
  then: { amount: 990, currency: 'usd', at: PERIOD_END, interval: { interval: 'month', interval_count: 1 } },
};

const portal: BillingPortalSessionRequest = { return_url: 'https://app.example.com/account' };
const cancellation: BillingPortalSessionRequest = { flow: 'subscription_cancel' };

const portalSession: BillingPortalSessionResponse = {
  url: 'https://billing.stripe.com/p/session/test_YWNjdF8',
};

const everywhere = { cognito: true, dynamodb_userprofiles: true, dynamodb_entitlements: true, stripe: true };

const deletion: AccountDeletionResponse = {
  success: true,
  message: 'The account is deleted.',
  deleted: everywhere,
  billing_continues: [],
  billing_continues_known: 'current',
  refund_policy: 'none',
  refunds: [],
  refunds_known: true,
  pending: [],
};

const deletionWithRefund: AccountDeletionResponse = {
  ...deletion,
  refund_policy: 'full_within_days:14,pro_rata',
  refunds: [
    {
      subscription: 'sub_1QxYzPro',
      amount: 4_950,
      currency: 'usd',
      status: 'refunded',
      unrefunded: 0,
      reason: null,
    },
  ],
};

const deletionWithStore: AccountDeletionResponse = {
  success: true,
  message: 'The account is deleted. A subscription in an app store continues until it is ended there.',
  deleted: everywhere,
  billing_continues: [
    { source: 'app_store', manage_url: 'https://apps.apple.com/account/subscriptions', until: PERIOD_END },
  ],
  billing_continues_known: 'current',
  refund_policy: 'none',
  refunds: [],
  refunds_known: true,
  pending: [],
};

const noBilling: BillingResponse = {
  payments_due: [],
  next_charge: null,
  payment_method: null,
  scheduled: [],
  invoices: { data: [], has_more: false, next_cursor: null },
  tax_ids: [],
  billing_details: null,
  manage_url: null,
  unavailable: [],
};

const billing: BillingResponse = {
  ...noBilling,
  next_charge: {
    subscription: 'sub_1QxYzPro',
    amount: 1_900,
    currency: 'eur',
    at: PERIOD_END,
    ends_trial: false,
    collection_method: 'charge_automatically',
  },
  payment_method: {
    id: 'pm_1QxYzCard',
    type: 'card',
    brand: 'visa',
    last4: '4242',
    exp_month: 12,
    exp_year: 2026,
    expires_at: PERIOD_END,
    expires_before_next_charge: true,
  },
  invoices: {
    data: [
      {
        id: 'in_1QxYzMonth',
        number: 'A1B2C3D4-0007',
        created: PERIOD_END - 31 * 86_400,
        status: 'paid',
        total: 1_900,
        amount_paid: 1_900,
        amount_remaining: 0,
        currency: 'eur',
        hosted_invoice_url: 'https://invoice.stripe.com/i/acct_1QxYz/test_A1B2',
        invoice_pdf: 'https://pay.stripe.com/invoice/acct_1QxYz/test_A1B2/pdf',
      },
    ],
    has_more: false,
    next_cursor: null,
  },
  tax_ids: [{ id: 'txi_1QxYz', type: 'eu_vat', value: 'DE123456789', verification: 'verified' }],
  billing_details: {
    name: 'Ann Example',
    email: 'ann@example.com',
    phone: null,
    address: {
      line1: 'Example Street 1',
      line2: null,
      city: 'Berlin',
      state: null,
      postal_code: '10115',
      country: 'DE',
    },
  },
};

const mustConfirm: BillingResponse = {
  ...billing,
  payments_due: [
    {
      invoice: 'in_1QxYzNext',
      number: 'A1B2C3D4-0008',
      subscription: 'sub_1QxYzPro',
      reason: 'confirmation_required',
      amount: 1_900,
      currency: 'eur',
      since: PERIOD_END,
      due_at: null,
      next_attempt_at: PERIOD_END + 3 * 86_400,
      hosted_invoice_url: 'https://invoice.stripe.com/i/acct_1QxYz/test_E5F6',
    },
  ],
};

const withoutTaxIds: BillingResponse = { ...billing, tax_ids: null, unavailable: ['tax_ids'] };

const monthlyPro: OfferedPrice = {
  id: 'price_1QxYzPro',
  lookup_key: 'pro_monthly',
  product: {
    id: 'prod_RxYzPro',
    name: 'Pro',
    description: 'For people who write every day.',
    features: ['Export', 'Priority support'],
    images: [],
  },
  currency: 'usd',
  unit_amount: 990,
  unit_amount_decimal: '990',
  billing_scheme: 'per_unit',
  tiers_mode: null,
  tiers: null,
  transform_quantity: null,
  tax_behavior: 'exclusive',
  currency_options: [
    { currency: 'eur', unit_amount: 900, unit_amount_decimal: '900', tax_behavior: 'inclusive' },
  ],
  recurring: { interval: 'month', interval_count: 1 },
  role: 'plan',
  trial_days: 14,
  access: null,
  unlocks: [],
  max_quantity: 10,
};
const yearlyPro: OfferedPrice = {
  ...monthlyPro,
  id: 'price_1QxYzProYearly',
  lookup_key: 'pro_yearly',
  unit_amount: 9_900,
  unit_amount_decimal: '9900',
  currency_options: [],
  recurring: { interval: 'year', interval_count: 1 },
};
const prices: PricesResponse = { prices: [monthlyPro] };

const pricesOfSubscriber: OwnPricesResponse = {
  current: {
    plan: 'price_1QxYzPro',
    quantity: 1,
    add_ons: [],
    recurring: { interval: 'month', interval_count: 1 },
    source: 'stripe',
    manage_url: null,
    current_period_end: PERIOD_END,
    cancel_at: null,
  },
  prices: [
    {
      ...monthlyPro,
      trial: { refused: 'not_offered' },
      action: 'current',
      again: false,
      when: null,
      takes_effect_at: null,
      reason: null,
    },
    {
      ...yearlyPro,
      trial: { refused: 'not_offered' },
      action: 'upgrade',
      again: false,
      when: 'now',
      takes_effect_at: null,
      reason: null,
    },
  ],
};
const pricesOfNewUser: OwnPricesResponse = {
  current: null,
  prices: [
    {
      ...monthlyPro,
      trial: { days: 14 },
      action: 'buy',
      again: false,
      when: null,
      takes_effect_at: null,
      reason: null,
    },
  ],
};

const received: WebhookResponse = { received: true };

type Examples = Readonly<Record<string, { readonly value: object }>>;

/** By the type of the body. */
export const examples: Readonly<Record<string, Examples>> = {
  EntitlementsResponse: {
    subscriber: { value: subscriber },
    inAppStore: { value: inAppStore },
    inTrial: { value: inTrial },
    noEntitlement: { value: noEntitlement },
  },
  CheckoutSessionRequest: { order: { value: order } },
  CheckoutSessionResponse: { session: { value: session } },
  BillingPortalSessionRequest: { portal: { value: portal }, cancellation: { value: cancellation } },
  BillingPortalSessionResponse: { session: { value: portalSession } },
  AccountDeletionResponse: {
    deleted: { value: deletion },
    refunded: { value: deletionWithRefund },
    billingContinues: { value: deletionWithStore },
  },
  BillingResponse: {
    nothing_bought: { value: noBilling },
    subscriber: { value: billing },
    payment_to_confirm: { value: mustConfirm },
    part_unavailable: { value: withoutTaxIds },
  },
  PricesResponse: { prices: { value: prices } },
  OwnPricesResponse: { subscriber: { value: pricesOfSubscriber }, newUser: { value: pricesOfNewUser } },
  WebhookResponse: { received: { value: received } },
  ...subscriptionExamples,
};

const unfinished: DeletionFailureFields = {
  success: false,
  details: { cognito: false, dynamodb_userprofiles: false, dynamodb_entitlements: false, stripe: true },
};

export function exampleOfProblem(code: ProblemCode, { failure }: Operation): Problem {
  const { status, title } = problems[code];
  return {
    type: 'about:blank',
    title,
    status,
    code,
    error: title,
    ...furtherFields[code],
    request_id: 'd1c2b3a4-0000-4000-8000-000000000000',
    ...(failure === undefined ? {} : unfinished),
  };
}

const furtherFields: Partial<Record<ProblemCode, Partial<Problem>>> = {
  already_subscribed: { source: 'stripe', manage_url: null, portal: '/me/billing-portal-session' },
  paid_elsewhere: { source: 'app_store', manage_url: 'https://apps.apple.com/account/subscriptions' },
  several_subscriptions: { portal: '/me/billing-portal-session' },
  payment_due: { portal: '/me/billing-portal-session' },
  subscription_ends: { portal: '/me/billing-portal-session' },
  change_not_available: { portal: '/me/billing-portal-session' },
  already_purchased: {
    purchases: [
      {
        plan: 'price_1RqkLifetime',
        features: ['export'],
        current_period_end: null,
        status: 'active',
      },
    ],
    again_allowed: false,
  },
  no_customer: { checkout: '/me/checkout-session' },
  no_subscription: { checkout: '/me/checkout-session' },
};
