/** Creates customers, each under an idempotency key that derives from its user. */
import { Stripe } from 'stripe';
import type { CustomerCreation, NewCustomer } from '../../core/billing/billing.ts';
import { callStripe } from './call.ts';
import { objectIn } from './json.ts';
import { creationKeyFor, stampFor } from './metadata.ts';

export async function createCustomer(
  stripe: Stripe,
  { poolId, sub, replaces = null }: NewCustomer,
  generation: number,
): Promise<CustomerCreation> {
  const options = {
    idempotencyKey: creationKeyFor({ poolId, sub, replaces, generation }),
    // A retry would show that a new failure is stored, and the caller would use up one generation after another.
    ...(generation === 0 ? {} : { maxNetworkRetries: 0 }),
  };
  const call = stripe.customers.create({ metadata: stampFor(poolId, sub) }, options);
  const answer = await callStripe('create customer', call.catch(failureStoredOrThrow));
  if (answer === 'failure_stored') return { kind: 'failure_stored' };
  const { id } = objectIn('create customer', answer, 'customer');
  return { kind: 'created', customerId: String(id) };
}

const SERVER_ERROR = 500;

/**
 * Returns `failure_stored` for a server error that Stripe replays. Only the replay is final: the request that failed has
 * ended, and its key will return nothing else. A first server error may come from a request that is still running.
 */
function failureStoredOrThrow(cause: unknown): 'failure_stored' {
  const replayed =
    cause instanceof Stripe.errors.StripeError &&
    (cause.statusCode ?? 0) >= SERVER_ERROR &&
    cause.headers?.['idempotent-replayed'] === 'true';
  if (replayed) return 'failure_stored';
  throw cause;
}
