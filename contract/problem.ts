/** The error body of every route: RFC 9457 `application/problem+json` with a stable `code`. */
import type { OwnedPurchase } from './checkout.ts';
import type { EntitlementSource } from './entitlements.ts';

export const problems = {
  unauthorized: { status: 401, title: 'The request has no verified identity.' },
  malformed_request: { status: 400, title: 'The request is malformed.' },
  not_found: { status: 404, title: 'This function does not serve this path.' },
  method_not_allowed: { status: 405, title: 'This method is not allowed here.' },
  invalid_signature: { status: 400, title: 'The signature is invalid or expired.' },
  price_not_allowed: { status: 400, title: 'This price is not available.' },
  add_on_not_allowed: { status: 400, title: 'This add-on is not available with this plan.' },
  quantity_not_allowed: { status: 400, title: 'This quantity is not allowed.' },
  promotion_not_allowed: { status: 400, title: 'Promotion codes are not accepted.' },
  return_url_not_allowed: { status: 400, title: 'The return URL is not on an allowed origin.' },
  flow_not_allowed: { status: 400, title: 'The billing portal does not support this flow.' },
  already_subscribed: {
    status: 409,
    title: 'This user already has a subscription.',
  },
  already_purchased: { status: 409, title: 'This user has bought this already.' },
  checkout_in_progress: { status: 409, title: 'Another checkout was opened at the same time. Try again.' },
  no_customer: { status: 409, title: 'This user has no billing history yet.' },
  no_subscription: { status: 409, title: 'This user has no subscription to change.' },
  paid_elsewhere: {
    status: 409,
    title: 'This user does not pay here. The subscription is changed elsewhere.',
  },
  several_subscriptions: {
    status: 409,
    title: 'This user has several subscriptions. One of them must end first.',
  },
  payment_due: { status: 409, title: 'A payment of the subscription is due, and comes before a change.' },
  subscription_ends: { status: 409, title: 'The subscription is going to end. Resume it before a change.' },
  change_not_available: { status: 409, title: 'This change of the subscription is not possible here.' },
  preview_outdated: { status: 409, title: 'The change would bill something else than shown. Show it again.' },
  change_in_progress: {
    status: 409,
    title: 'Another change of the subscription was made at the same time. Try again.',
  },
  currency_mismatch: { status: 409, title: 'This customer pays in another currency.' },
  address_required: { status: 409, title: "The user's address is missing, which tax depends on." },
  subscription_limit: { status: 409, title: 'This customer has too many subscriptions.' },
  promotion_not_applicable: { status: 409, title: 'The promotion code does not apply.' },
  flow_not_available: { status: 409, title: 'This flow does not apply to the subscription now.' },
  nothing_to_change: { status: 409, title: 'The subscription already is as requested.' },
  owner_contradiction: {
    status: 409,
    title: 'The billing data of this user names another user. Support must correct it.',
  },
  account_deleted: { status: 410, title: 'The account is deleted or is being deleted.' },
  too_many_requests: { status: 429, title: 'Too many requests by this user. Try again later.' },
  misconfigured: {
    status: 500,
    title: 'The service is not configured correctly. An operator must correct it.',
  },
  refused: {
    status: 500,
    title: 'Another system refuses this request. To repeat it does not help; support must look at it.',
  },
  internal_error: { status: 500, title: 'An unexpected error occurred.' },
  unavailable: { status: 503, title: 'The service is temporarily unavailable. Try again later.' },
  deletion_incomplete: {
    status: 503,
    title: 'The account is marked for deletion, but not all of its data is deleted yet. Try again.',
  },
} as const satisfies Record<string, { readonly status: number; readonly title: string }>;

export type ProblemCode = keyof typeof problems;

export interface Problem {
  /** Always `about:blank`: `code` identifies the problem, and there is no page per problem. */
  readonly type: 'about:blank';
  readonly title: string;
  readonly status: number;
  readonly code: ProblemCode;
  /** The title again: shipped clients read the text of an error here, and require it. */
  readonly error: string;
  readonly detail?: string;
  /** The route to use instead: the billing portal or the checkout. */
  readonly portal?: string;
  readonly checkout?: string;
  /** Only with `already_subscribed` and `paid_elsewhere`: who is paid, `null` if that is not known, and where the user changes it. */
  readonly source?: EntitlementSource | null;
  readonly manage_url?: string | null;
  /** Only with `already_purchased`: what the user has, or is paying for. */
  readonly purchases?: readonly OwnedPurchase[];
  /** Only with `already_purchased`: whether the same request with `again: true` opens the page. */
  readonly again_allowed?: boolean;
  /** The request id, to find the request in the logs. */
  readonly request_id?: string;
}
