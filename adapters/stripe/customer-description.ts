/** Sets what a customer says of its user. What Stripe does not accept of it is left out: no one waits for a name. */
import type { Stripe } from 'stripe';
import type { Contact, CustomerDescription } from '../../core/billing/billing.ts';
import { Fault } from '../../core/system/fault.ts';
import type { OptionalField } from '../../core/system/refusal.ts';
import { callStripe, isMissing } from './call.ts';
import { retrieveCustomer } from './customer-lookup.ts';
import { stampFor } from './metadata.ts';

export async function describeCustomer(
  stripe: Stripe,
  customerId: string,
  { poolId, sub, email, name }: Contact,
): Promise<CustomerDescription> {
  let params: Stripe.CustomerUpdateParams = {
    metadata: stampFor(poolId, sub),
    ...(email === null ? {} : { email }),
    ...(name === null ? {} : { name }),
  };
  const omitted: OptionalField[] = [];
  for (;;) {
    const answer = await update(stripe, customerId, params);
    if (answer === 'missing') break;
    if (answer === 'updated') return omitted.length === 0 ? 'described' : { omitted };
    // Stripe names one field at a time.
    const { [answer.refused]: _, ...accepted } = params;
    params = accepted;
    omitted.push(answer.refused);
  }
  // A missing customer has serious consequences for the caller, so the customer itself is read to confirm it.
  const customer = await retrieveCustomer(stripe, customerId);
  if (customer.kind !== 'customer') return 'deleted';
  throw new Fault({ code: 'refused', system: 'stripe', operation: OPERATION });
}

const OPERATION = 'update customer';

/** Always sends the update, even if nothing is left to set, because the response shows whether the customer exists. */
async function update(
  stripe: Stripe,
  customerId: string,
  params: Stripe.CustomerUpdateParams,
): Promise<'updated' | 'missing' | { readonly refused: OptionalField }> {
  const call = stripe.customers.update(customerId, params).then(() => 'updated' as const);
  try {
    return await callStripe(
      OPERATION,
      call.catch((cause: unknown) => {
        if (isMissing(cause)) return 'missing' as const;
        throw cause;
      }),
    );
  } catch (error) {
    const refusal = error instanceof Fault ? error.details.refusal : undefined;
    if (refusal?.kind === 'optional' && refusal.field in params) return { refused: refusal.field };
    throw error;
  }
}
