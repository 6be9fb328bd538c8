/** Describes a user's customer, and reports what Stripe refuses of it: never a reason for a user to wait. */
import type { Contact, CustomerWriter } from '../billing/billing.ts';
import type { Log } from '../system/log.ts';

export interface DescriptionServices {
  readonly billing: Pick<CustomerWriter, 'describeCustomer'>;
  readonly log: Log;
}

export async function describeCustomer(
  { billing, log }: DescriptionServices,
  customerId: string,
  contact: Contact,
): Promise<'described' | 'deleted'> {
  const described = await billing.describeCustomer(customerId, contact);
  if (typeof described === 'string') return described;
  // The names of the fields, never their values.
  log.warn('Stripe refuses a part of what describes a customer; it is left out.', {
    metric: 'customer_data_omitted',
    omitted: described.omitted,
    customer_id: customerId,
    user_id: contact.sub,
  });
  return 'described';
}
