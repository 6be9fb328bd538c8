/**
 * What each route takes and answers: the source of `openapi.json`, together with the types that the handlers use. A body is
 * named by its type in this folder.
 */
import type { AccountDeletionProblem, AccountDeletionResponse } from './account.ts';
import type { BillingResponse } from './billing.ts';
import type {
  BillingPortalSessionRequest,
  BillingPortalSessionResponse,
  CheckoutSessionRequest,
  CheckoutSessionResponse,
} from './checkout.ts';
import type { EntitlementsResponse } from './entitlements.ts';
import type { HttpRoute } from './functions.ts';
import type { OwnPricesResponse, PricesResponse } from './prices.ts';
import type { Problem, ProblemCode } from './problem.ts';
import type {
  SubscriptionPreviewRequest,
  SubscriptionPreviewResponse,
  SubscriptionRequest,
  SubscriptionResponse,
} from './subscription.ts';
import type { WebhookResponse } from './webhooks.ts';

/** The types of all bodies, by the names under which the document contains them. */
interface Bodies {
  readonly AccountDeletionProblem: AccountDeletionProblem;
  readonly AccountDeletionResponse: AccountDeletionResponse;
  readonly BillingPortalSessionRequest: BillingPortalSessionRequest;
  readonly BillingPortalSessionResponse: BillingPortalSessionResponse;
  readonly BillingResponse: BillingResponse;
  readonly CheckoutSessionRequest: CheckoutSessionRequest;
  readonly CheckoutSessionResponse: CheckoutSessionResponse;
  readonly EntitlementsResponse: EntitlementsResponse;
  readonly OwnPricesResponse: OwnPricesResponse;
  readonly PricesResponse: PricesResponse;
  readonly Problem: Problem;
  readonly SubscriptionPreviewRequest: SubscriptionPreviewRequest;
  readonly SubscriptionPreviewResponse: SubscriptionPreviewResponse;
  readonly SubscriptionRequest: SubscriptionRequest;
  readonly SubscriptionResponse: SubscriptionResponse;
  readonly WebhookResponse: WebhookResponse;
}
export type BodyName = keyof Bodies;

type RouteName = `${HttpRoute['method']} ${string}`;

export interface Operation {
  /** The name of the method in generated clients. */
  readonly id: string;
  readonly summary: string;
  readonly description: string;
  /** The type of the request body. `event`: the sender's own document. */
  readonly request?: BodyName | 'event';
  readonly requestRequired?: boolean;
  /** The type of the body of a 200, and what it says. */
  readonly response: BodyName;
  readonly success: string;
  /** A parameter of the query, which may be absent. */
  readonly query?: { readonly name: string; readonly description: string };
  /** Whether caches may keep the answer, and ask with `If-None-Match` whether it is the same. */
  readonly isCacheable?: true;
  /** The type of a failure's body. Default: `Problem`. */
  readonly failure?: BodyName;
  /** Every code that the function may answer. */
  readonly problems: readonly ProblemCode[];
  /** The header that proves who sends the request, where there is no authorizer. */
  readonly proof?: { readonly header: string; readonly description: string };
}

/** Any function may answer these. The first two only where an API passes on other requests than those of the routes. */
const general = [
  'not_found',
  'method_not_allowed',
  'misconfigured',
  'refused',
  'internal_error',
  'unavailable',
] as const;
/** What Stripe says of the user's situation, on the routes that lead to its pages. */
const situations = [
  'currency_mismatch',
  'address_required',
  'subscription_limit',
  'promotion_not_applicable',
  'flow_not_available',
  'nothing_to_change',
] as const;

/** Why a subscription is not changed, which a preview says as well. */
const changeProblems = [
  'malformed_request',
  'price_not_allowed',
  'add_on_not_allowed',
  'quantity_not_allowed',
  'unauthorized',
  'no_subscription',
  'several_subscriptions',
  'paid_elsewhere',
  'payment_due',
  'subscription_ends',
  'change_not_available',
  'owner_contradiction',
  'account_deleted',
  'too_many_requests',
] as const;

export const operations: Readonly<Record<RouteName, Operation>> = {
  'GET /me/entitlements': {
    id: 'getEntitlements',
    summary: 'What the user may do now',
    description: 'Reads one item and writes nothing. Decide only by `access_granted`.',
    response: 'EntitlementsResponse',
    success: 'The access of the user.',
    problems: ['unauthorized', ...general],
  },
  'POST /me/entitlements/sync': {
    id: 'syncEntitlements',
    summary: 'Reads the payers, then answers what the user may do now',
    description:
      'Call it once when a user returns from Checkout or has bought in an app store: the webhook may not have arrived yet. ' +
      'Each user may call it ten times a minute.',
    response: 'EntitlementsResponse',
    success: 'The access of the user, after a sync with all payers.',
    problems: ['unauthorized', 'too_many_requests', ...general],
  },
  'POST /me/checkout-session': {
    id: 'createCheckoutSession',
    summary: 'Opens a Checkout session for one of the allowed prices',
    description:
      'Send the user to `url`. An equal request gets the same open session, so a double click is one request.',
    request: 'CheckoutSessionRequest',
    requestRequired: true,
    response: 'CheckoutSessionResponse',
    success: 'An open Checkout session.',
    problems: [
      'malformed_request',
      'price_not_allowed',
      'add_on_not_allowed',
      'quantity_not_allowed',
      'promotion_not_allowed',
      'return_url_not_allowed',
      'unauthorized',
      'already_subscribed',
      'already_purchased',
      'checkout_in_progress',
      'owner_contradiction',
      ...situations,
      'account_deleted',
      'too_many_requests',
      ...general,
    ],
  },
  'POST /me/billing-portal-session': {
    id: 'createBillingPortalSession',
    summary: 'Opens Stripe’s billing portal for the user’s own customer',
    description: 'Request it when the user clicks, since the URL expires within minutes.',
    request: 'BillingPortalSessionRequest',
    requestRequired: false,
    response: 'BillingPortalSessionResponse',
    success: 'A session of the billing portal.',
    problems: [
      'malformed_request',
      'flow_not_allowed',
      'return_url_not_allowed',
      'unauthorized',
      'no_customer',
      'no_subscription',
      'owner_contradiction',
      ...situations,
      'account_deleted',
      'too_many_requests',
      ...general,
    ],
  },
  'POST /me/subscription/preview': {
    id: 'previewSubscription',
    summary: 'Shows what a change of the subscription bills',
    description:
      'What is due at once, and the next invoice. Changes nothing. An empty object shows the subscription as it is.',
    request: 'SubscriptionPreviewRequest',
    requestRequired: true,
    response: 'SubscriptionPreviewResponse',
    success: 'What the change would bill.',
    problems: [...changeProblems, ...situations, ...general],
  },
  'POST /me/subscription': {
    id: 'changeSubscription',
    summary: 'Changes, cancels or resumes the user’s own subscription',
    description:
      'An upgrade applies at once, a downgrade with the next period. A payment that needs the user is answered with its page, and nothing changes before it is paid. A repeated request is one change.',
    request: 'SubscriptionRequest',
    requestRequired: true,
    response: 'SubscriptionResponse',
    success: 'What has become of the request.',
    problems: [...changeProblems, 'preview_outdated', 'change_in_progress', ...situations, ...general],
  },
  'GET /me/billing': {
    id: 'getBilling',
    summary: 'What the user has to pay, pays next and has paid',
    description:
      'For an account page. It reads Stripe, and only customers of the user. A part that Stripe does not answer is `null`, and ' +
      'named in `unavailable`. Each user may call it twenty times a minute.',
    query: { name: 'invoices_after', description: 'The `next_cursor` of the page of invoices before.' },
    response: 'BillingResponse',
    success: 'The billing of the user.',
    problems: ['malformed_request', 'unauthorized', 'account_deleted', 'too_many_requests', ...general],
  },
  'GET /prices': {
    id: 'listPrices',
    summary: 'What the app sells',
    description:
      'For a pricing page. Anyone may call it, without a token. The answer is that of Stripe within the last minutes.',
    response: 'PricesResponse',
    success: 'The prices that the checkout sells.',
    isCacheable: true,
    problems: [...general],
  },
  'GET /me/prices': {
    id: 'listOwnPrices',
    summary: 'What the app sells, and what this user would get',
    description:
      'For the pricing page of a signed-in user: whether a trial would begin, and whether a price is bought or changed to. ' +
      'It claims and changes nothing; the checkout and the change decide again.',
    response: 'OwnPricesResponse',
    success: 'The prices that the checkout sells, as this user sees them.',
    problems: ['unauthorized', 'account_deleted', 'too_many_requests', ...general],
  },
  'DELETE /me/account': {
    id: 'deleteAccount',
    summary: 'Deletes the user everywhere, and ends all billing in Stripe',
    description:
      'Answers 200 once the user is deleted, also when repeated. A failure is recorded, and a repetition continues it.',
    response: 'AccountDeletionResponse',
    success: 'The account is deleted.',
    failure: 'AccountDeletionProblem',
    problems: [
      'unauthorized',
      'too_many_requests',
      'misconfigured',
      'refused',
      'not_found',
      'method_not_allowed',
      'internal_error',
      'deletion_incomplete',
    ],
  },
  'POST /stripe/webhook': {
    id: 'receiveStripeEvent',
    summary: 'Receives the events of Stripe',
    description: 'Stripe sends an event again after every other answer than 200.',
    request: 'event',
    requestRequired: true,
    response: 'WebhookResponse',
    success: 'The event is carried out, or needs nothing.',
    problems: ['malformed_request', 'invalid_signature', ...general],
    proof: { header: 'Stripe-Signature', description: 'Stripe’s signature of the body.' },
  },
  'POST /revenuecat/webhook': {
    id: 'receiveRevenueCatEvent',
    summary: 'Receives the events of RevenueCat',
    description: 'RevenueCat sends an event again after every other answer than 200.',
    request: 'event',
    requestRequired: true,
    response: 'WebhookResponse',
    success: 'The event is carried out, or needs nothing.',
    problems: ['malformed_request', 'unauthorized', ...general],
    proof: { header: 'Authorization', description: 'The shared secret.' },
  },
};
