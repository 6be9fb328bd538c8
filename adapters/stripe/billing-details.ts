/** Reads what a customer's taxes depend on, and what the customer has set. */
import type { BillingDetails } from '../../core/checkout/sale-terms.ts';
import { recordAt, textAt, type UnknownRecord } from '../../core/system/record.ts';
import type { StripeApi } from './api.ts';
import { orMissing } from './call.ts';
import { entriesAt, objectIn } from './json.ts';

export async function readBillingDetails(
  stripe: StripeApi,
  customerId: string,
): Promise<BillingDetails | 'missing'> {
  const operation = 'retrieve customer';
  const call = stripe.customers.retrieve(customerId, { expand: ['tax_ids'] });
  const answer: unknown = await orMissing(operation, call);
  if (answer === 'missing') return answer;
  const customer = objectIn(operation, answer, 'customer');
  if (customer['deleted'] === true) return 'missing';
  return {
    name: textAt(customer, 'name'),
    hasAddress: saysWhereToTax(recordAt(customer, 'address')),
    hasTaxId: entriesAt(customer, 'tax_ids').length > 0,
  };
}

/** In these countries, Stripe Tax needs more than the country. */
const byPostalCode: ReadonlySet<string> = new Set(['US', 'CA']);

function saysWhereToTax(address: UnknownRecord | null): boolean {
  const country = textAt(address, 'country');
  if (country === null) return false;
  return !byPostalCode.has(country.toUpperCase()) || textAt(address, 'postal_code') !== null;
}
