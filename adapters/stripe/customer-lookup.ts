/** Reads a customer: whether it exists, and the user that it names. */
import type { Stripe } from 'stripe';
import type { CustomerLookup } from '../../core/billing/billing.ts';
import { Fault } from '../../core/system/fault.ts';
import { integerAt, isRecord, recordAt } from '../../core/system/record.ts';
import { orMissing } from './call.ts';
import { stampIn } from './metadata.ts';

export async function retrieveCustomer(stripe: Stripe, customerId: string): Promise<CustomerLookup> {
  const answer: unknown = await orMissing('retrieve customer', stripe.customers.retrieve(customerId));
  if (answer === 'missing') return { kind: 'missing' };
  if (!isRecord(answer)) {
    throw new Fault({ code: 'unknown_shape', system: 'stripe', operation: 'retrieve customer' });
  }
  if (answer['deleted'] === true) return { kind: 'deleted' };
  const createdAt = integerAt(answer, 'created');
  return { kind: 'customer', id: customerId, createdAt, ...stampIn(recordAt(answer, 'metadata')) };
}
