/** The error body of every route: RFC 9457 `application/problem+json`, with a `code` that does not change. */

export const problems = {
  unauthorized: { status: 401, title: 'The request carries no verified identity.' },
  malformed_request: { status: 400, title: 'The request is malformed.' },
  invalid_signature: { status: 400, title: 'The signature does not match the body, or is too old.' },
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
  /** The id under which the logs tell more. */
  readonly request_id?: string;
}
