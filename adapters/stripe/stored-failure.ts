/** Recognizes a server error that Stripe has stored for an idempotency key, and replays for a day. */
import { Stripe } from 'stripe';

const SERVER_ERROR = 500;

/**
 * Returns `failure_stored` for a server error that Stripe replays. Only the replay is final: the request that failed has
 * ended, and its key will return nothing else. A first server error may come from a request that is still running.
 */
export function failureStoredOrThrow(cause: unknown): 'failure_stored' {
  const replayed =
    cause instanceof Stripe.errors.StripeError &&
    (cause.statusCode ?? 0) >= SERVER_ERROR &&
    cause.headers?.['idempotent-replayed'] === 'true';
  if (replayed) return 'failure_stored';
  throw cause;
}

/** A retry would show that a new failure is stored, and the caller would use up one key after another. */
export function retriesOf(generation: number): { readonly maxNetworkRetries?: number } {
  return generation === 0 ? {} : { maxNetworkRetries: 0 };
}
