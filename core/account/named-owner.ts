/** Finds the user that a customer belongs to where its own metadata name none: its live subscriptions may name one. */
import type { CustomerReader } from '../billing/billing.ts';
import type { CustomerStamp } from './ownership.ts';

/** Returns the stamp with the user that a live subscription names, if the customer names none. Only then reads them. */
export async function withNamedOwner<Stamp extends CustomerStamp>(
  billing: Pick<CustomerReader, 'readSubscriptionStamps'>,
  customerId: string,
  stamp: Stamp,
): Promise<Stamp> {
  if (stamp.sub !== null) return stamp;
  const stamps = await billing.readSubscriptionStamps(customerId);
  const named = stamps.find(({ sub }) => sub !== null);
  return named === undefined ? stamp : { ...stamp, sub: named.sub };
}
