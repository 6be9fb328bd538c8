/** The error body of every route: RFC 9457 `application/problem+json`, with a `code` that does not change. */

export const problems = {
  unauthorized: { status: 401, title: 'The request carries no verified identity.' },
  malformed_request: { status: 400, title: 'The request is malformed.' },
  invalid_signature: { status: 400, title: 'The signature does not match the body, or is too old.' },
  price_not_allowed: { status: 400, title: 'This price is not on offer.' },
  quantity_not_allowed: { status: 400, title: 'This quantity is not on offer.' },
  promotion_not_allowed: { status: 400, title: 'Promotion codes are not taken.' },
  return_url_not_allowed: { status: 400, title: 'The return address is not one of an allowed site.' },
  flow_not_allowed: { status: 400, title: 'The billing portal has no such flow.' },
  already_subscribed: {
    status: 409,
    title: 'There is a subscription already; the billing portal changes it.',
  },
  checkout_in_progress: { status: 409, title: 'Another checkout was opened at the same moment. Ask again.' },
  no_customer: { status: 409, title: 'There is nothing to manage yet: nothing was ever bought.' },
  no_subscription: { status: 409, title: 'There is no subscription that this could be done to.' },
  account_deleted: { status: 410, title: 'The account is deleted, or is being deleted.' },
  too_many_requests: { status: 429, title: 'Too many requests of this user. Try again later.' },
  misconfigured: { status: 500, title: 'The service is not configured.' },
  internal_error: { status: 500, title: 'An unexpected error happened.' },
  unavailable: { status: 503, title: 'The request could not be carried out now. Try again later.' },
  deletion_incomplete: {
    status: 503,
    title: 'The account is marked for deletion, but it is not gone everywhere yet. Ask again.',
  },
} as const satisfies Record<string, { readonly status: number; readonly title: string }>;

export type ProblemCode = keyof typeof problems;

export interface Problem {
  /** `about:blank`: the code says what happened; there is no page behind each. */
  readonly type: 'about:blank';
  readonly title: string;
  readonly status: number;
  readonly code: ProblemCode;
  readonly detail?: string;
  /** The route that helps instead. */
  readonly portal?: string;
  readonly checkout?: string;
  /** The id under which the logs tell more. */
  readonly request_id?: string;
}
