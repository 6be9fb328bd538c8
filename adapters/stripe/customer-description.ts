/** Sets what a customer says of its user. What Stripe does not accept of it is left out: no one waits for a name. */
import type { Stripe } from 'stripe';
import type { Contact, CustomerDescription } from '../../core/billing/billing.ts';
import { Fault } from '../../core/system/fault.ts';
import type { OptionalField } from '../../core/system/refusal.ts';
import type { StripeApi } from './api.ts';
import { callStripe, isMissing } from './call.ts';
import { retrieveCustomer } from './customer-lookup.ts';
import { stampFor } from './metadata.ts';

export async function describeCustomer(
  stripe: StripeApi,
  customerId: string,
  { poolId, sub, email, name }: Contact,
): Promise<CustomerDescription> {
  let params: Stripe.CustomerUpdateParams = {
    metadata: stampFor(poolId, sub),
    ...(email === null ? {} : { email: sendable(email) }),
    ...(name === null ? {} : { name: sendable(name) }),
  };
  const omitted: OptionalField[] = [];
  for (;;) {
    const answer = await update(stripe, customerId, params);
    if (answer === 'missing') break;
    if (answer === 'updated') return omitted.length === 0 ? 'described' : { omitted };
    const { refused } = answer;
    params = Object.fromEntries(
      Object.entries(params).filter(([name]) => refused.every((field) => field !== name)),
    );
    omitted.push(...refused);
  }
  // A missing customer has serious consequences for the caller, so the customer itself is read to confirm it.
  const customer = await retrieveCustomer(stripe, customerId);
  if (customer.kind !== 'customer') return 'deleted';
  throw new Fault({ code: 'refused', system: 'stripe', operation: OPERATION });
}

const OPERATION = 'update customer';

/** Half of a character, where a client cut the text, cannot be encoded, so nothing would be sent. */
function sendable(text: string): string {
  return text.replaceAll(/\p{Surrogate}/gu, '\ufffd');
}

/** What a person typed, and therefore what Stripe may not accept. */
const typed = ['email', 'name'] as const;
const BAD_REQUEST = 400;

/** Always sends the update, even if nothing is left to set, because the response shows whether the customer exists. */
async function update(
  stripe: StripeApi,
  customerId: string,
  params: Stripe.CustomerUpdateParams,
): Promise<'updated' | 'missing' | { readonly refused: readonly OptionalField[] }> {
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
    const refused = refusedOf(error, params);
    if (refused.length > 0) return { refused };
    throw error;
  }
}

/** Stripe names one field at a time. Where it names none, it may be any that a person typed. */
function refusedOf(error: unknown, params: Stripe.CustomerUpdateParams): readonly OptionalField[] {
  const { refusal, statusCode } = error instanceof Fault ? error.details : {};
  if (refusal?.kind === 'optional') return [refusal.field].filter((field) => field in params);
  const isUnclear = refusal?.kind === 'unknown' && statusCode === BAD_REQUEST;
  return isUnclear ? typed.filter((field) => field in params) : [];
}
