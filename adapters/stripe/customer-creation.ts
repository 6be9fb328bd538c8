/** Creates customers, each under an idempotency key that derives from its user. */
import { Stripe } from 'stripe';
import type { CustomerCreation, NewCustomer } from '../../core/billing/billing.ts';
import { callStripe } from './call.ts';
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
  return answer === 'failure_stored'
    ? { kind: 'failure_stored' }
    : { kind: 'created', customerId: answer.id };
}

const SERVER_ERROR = 500;
const BAD_REQUEST = 400;

/**
 * Returns `failure_stored` for a server error that Stripe replays. Only the replay is final: the request that failed has
 * ended, and its key will return nothing else. A first server error may come from a request that is still running. A key
 * that was used with other parameters, by another release, is final in the same way: its customer is found, not returned.
 */
function failureStoredOrThrow(cause: unknown): 'failure_stored' {
  if (cause instanceof Stripe.errors.StripeError && isFinal(cause)) return 'failure_stored';
  throw cause;
}

function isFinal({ statusCode = 0, rawType, headers }: Stripe.errors.StripeError): boolean {
  if (statusCode === BAD_REQUEST && rawType === 'idempotency_error') return true;
  return statusCode >= SERVER_ERROR && headers?.['idempotent-replayed'] === 'true';
}
