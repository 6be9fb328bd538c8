/** The one error that a call throws, besides the reason of an aborted signal. */
import type { Problem, ProblemCode } from './types.ts';

/**
 * What went wrong. Codes of the API, or of what happened before it could answer:
 * - `signed_out`: `getToken` returned no token, or the API refuses the token and a new one too.
 * - `network_error`: the API was not reached, or its answer broke off.
 * - `timeout`: the API did not answer in time.
 * - `invalid_answer`: something else than the API answered, such as a proxy's page.
 * - `http_429` and so on: API Gateway answered itself.
 */
export type ErrorCode =
  | ProblemCode
  | 'signed_out'
  | 'network_error'
  | 'timeout'
  | 'invalid_answer'
  | `http_${number}`;

export interface ErrorFacts {
  readonly code: ErrorCode;
  readonly message: string;
  readonly status?: number | undefined;
  readonly retryAfterSeconds?: number | undefined;
  readonly problem?: Problem | undefined;
  readonly cause?: unknown;
}

export class AccountError extends Error {
  override readonly name = 'AccountError';
  readonly code: ErrorCode;
  /** The HTTP status. Undefined: there was no answer. */
  readonly status: number | undefined;
  /** How long to wait before the request is repeated. Undefined: a repetition would not help. */
  readonly retryAfterSeconds: number | undefined;
  /** The whole answer of the API, with `portal`, `source`, `manage_url` and so on. Undefined: it is not one of its problems. */
  readonly problem: Problem | undefined;

  constructor({ code, message, status, retryAfterSeconds, problem, cause }: ErrorFacts) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.status = status;
    this.retryAfterSeconds = retryAfterSeconds;
    this.problem = problem;
  }
}
