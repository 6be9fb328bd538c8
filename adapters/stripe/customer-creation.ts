/** Creates customers, each under an idempotency key that derives from its user. */
import type { CustomerCreation, NewCustomer } from '../../core/billing/billing.ts';
import type { StripeApi } from './api.ts';
import { callStripe } from './call.ts';
import { objectIn } from './json.ts';
import { creationKeyFor, stampFor } from './metadata.ts';
import { failureStoredOrThrow, retriesOf } from './stored-failure.ts';

export async function createCustomer(
  stripe: StripeApi,
  { poolId, sub, replaces = null }: NewCustomer,
  generation: number,
): Promise<CustomerCreation> {
  const options = {
    idempotencyKey: creationKeyFor({ poolId, sub, replaces, generation }),
    ...retriesOf(generation),
  };
  const call = stripe.customers.create({ metadata: stampFor(poolId, sub) }, options);
  const answer = await callStripe('create customer', call.catch(failureStoredOrThrow));
  if (answer === 'failure_stored') return { kind: 'failure_stored' };
  const { id } = objectIn('create customer', answer, 'customer');
  return { kind: 'created', customerId: String(id) };
}
