/** The result of charging a payment method, before anything is stored. */
import type { PaymentMethod } from '../model/payment.ts';
import type { World } from '../world/world.ts';
import type { CardResult } from './card-kinds.ts';
import { type DebitCourse, debitCourse } from './test-accounts.ts';
import { cardEndingIn, chargeResult } from './test-cards.ts';

/** A debit of a bank account is neither paid nor declined at once: it takes its course. */
export type ChargeResult = CardResult | { readonly course: DebitCourse };

/** Returns the result of charging a payment method, whose authentication may be remembered. */
export function resultOfCharge(world: World, method: PaymentMethod, authenticated = false): ChargeResult {
  const account = method.sepa_debit ?? method.us_bank_account;
  if (account !== undefined) return { course: debitCourse(account.fingerprint) };
  const last4 = method.card?.last4;
  const result = chargeResult(last4, authenticated);
  const remembers = cardEndingIn(last4)?.remembersAuthentication === true;
  return result === 'authenticates' && remembers && wasAuthenticated(world, method) ? 'succeeds' : result;
}

/** Whether the result is a decline that is known at once. */
export function isDecline(result: ChargeResult): result is Exclude<CardResult, string> {
  return typeof result === 'object' && 'code' in result;
}

function wasAuthenticated({ store }: World, { id }: PaymentMethod): boolean {
  return (
    store.setupIntents.oldestFirst().some((row) => row.payment_method === id && row.status === 'succeeded') ||
    store.charges.oldestFirst().some((row) => row.payment_method === id && row.paid)
  );
}
