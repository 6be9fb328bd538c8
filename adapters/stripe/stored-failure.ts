/** Recognizes an error that Stripe answers to an idempotency key for a day, whatever is sent with it. */
import { StripeError } from './error.ts';

const SERVER_ERROR = 500;
const BAD_REQUEST = 400;

/**
 * Returns `failure_stored` for a server error that Stripe replays. Only the replay is final: the request that failed has
 * ended, and its key will return nothing else. A first server error may come from a request that is still running. A key
 * that was used with other parameters, by another release, is final in the same way: what it created is found, not returned.
 */
export function failureStoredOrThrow(cause: unknown): 'failure_stored' {
  if (cause instanceof StripeError && isFinal(cause)) return 'failure_stored';
  throw cause;
}

function isFinal({ statusCode, rawType, headers }: StripeError): boolean {
  if (statusCode === BAD_REQUEST && rawType === 'idempotency_error') return true;
  return statusCode >= SERVER_ERROR && headers['idempotent-replayed'] === 'true';
}

/** A retry would show that a new failure is stored, and the caller would use up one key after another. */
export function retriesOf(generation: number): { readonly maxNetworkRetries?: number } {
  return generation === 0 ? {} : { maxNetworkRetries: 0 };
}
