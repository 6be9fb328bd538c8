/** Finds the user that a customer belongs to where its own metadata name none: its live subscriptions may name one. */
import type { CustomerReader } from '../billing/billing.ts';
import type { CustomerStamp } from './ownership.ts';

/**
 * Returns the user that one of the live subscriptions names. If they name several users, each of those keeps what the
 * customer gives: a stray subscription must not take it away from the user `sub`, who pays through another one.
 */
export function ownerNamed(stamps: readonly CustomerStamp[], sub: string): string | undefined {
  const named = stamps.find((one) => one.sub === sub) ?? stamps.find((one) => one.sub !== null);
  return named?.sub ?? undefined;
}

/** Returns the stamp with the user that a live subscription names, if the customer names none. Only then reads them. */
export async function withNamedOwner<Stamp extends CustomerStamp>(
  billing: Pick<CustomerReader, 'readSubscriptionStamps'>,
  { customerId, sub }: { readonly customerId: string; readonly sub: string },
  stamp: Stamp,
): Promise<Stamp> {
  if (stamp.sub !== null) return stamp;
  const named = ownerNamed(await billing.readSubscriptionStamps(customerId), sub);
  return named === undefined ? stamp : { ...stamp, sub: named };
}
