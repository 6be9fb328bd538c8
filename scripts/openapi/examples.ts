/** The examples of the OpenAPI document. Their types are those of the answers, so that they cannot fall behind. */
import type { DeletionFailureFields } from '../../contract/account.ts';
import type {
  BillingPortalSessionRequest,
  BillingPortalSessionResponse,
  CheckoutSessionRequest,
  CheckoutSessionResponse,
} from '../../contract/checkout.ts';
import type { EntitlementsResponse } from '../../contract/entitlements.ts';
import type { Operation } from '../../contract/operations.ts';
import { type Problem, type ProblemCode, problems } from '../../contract/problem.ts';
import type { WebhookResponse } from '../../contract/webhooks.ts';
import { billingExamples } from './billing-examples.ts';
import { deletionExamples } from './deletion-examples.ts';
import { PERIOD_END } from './example-period.ts';
import { priceExamples } from './price-examples.ts';
import { subscriptionExamples } from './subscription-examples.ts';

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
  due_next: {
    amount: 990,
    currency: 'usd',
    at: PERIOD_END,
    interval: { interval: 'month', interval_count: 1 },
  },
};

const portal: BillingPortalSessionRequest = { return_url: 'https://app.example.com/account' };
const cancellation: BillingPortalSessionRequest = { flow: 'subscription_cancel' };

const portalSession: BillingPortalSessionResponse = {
  url: 'https://billing.stripe.com/p/session/test_YWNjdF8',
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
  WebhookResponse: { received: { value: received } },
  ...deletionExamples,
  ...billingExamples,
  ...priceExamples,
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
