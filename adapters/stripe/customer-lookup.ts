/** Reads a customer: whether it exists, and the user that it names. */
import type { CustomerLookup } from '../../core/billing/billing.ts';
import { recordAt, textAt } from '../../core/system/record.ts';
import type { StripeApi } from './api.ts';
import { orMissing } from './call.ts';
import { objectIn, secondsAt } from './json.ts';
import { stampIn } from './metadata.ts';

export async function retrieveCustomer(stripe: StripeApi, customerId: string): Promise<CustomerLookup> {
  const answer: unknown = await orMissing('retrieve customer', stripe.customers.retrieve(customerId));
  if (answer === 'missing') return { kind: 'missing' };
  const customer = objectIn('retrieve customer', answer, 'customer');
  if (customer['deleted'] === true) return { kind: 'deleted' };
  const createdAt = secondsAt(customer, 'created');
  const contact = {
    hasEmail: textAt(customer, 'email') !== null,
    hasName: textAt(customer, 'name') !== null,
  };
  return { kind: 'customer', id: customerId, createdAt, contact, ...stampIn(recordAt(customer, 'metadata')) };
}
