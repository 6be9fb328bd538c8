/** The failure for a recorded customer that Stripe has never known: the API key belongs to another account or mode. */
import { Fault } from '../system/fault.ts';

/** A deleted customer is another matter: Stripe keeps a stub of it. */
export function customerNotInAccount(operation: string): Fault {
  return new Fault({
    code: 'refused',
    system: 'stripe',
    operation,
    reason: 'customer_not_in_account',
    refusal: {
      kind: 'installation',
      setting: 'STRIPE_API_KEY',
      fix: 'Store a key of the account and mode in which the customers are.',
    },
  });
}
