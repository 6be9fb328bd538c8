/** Finds the users whose records name customers that name no one themselves. */
import { recordsName } from '../account/customer-index.ts';
import type { Listings } from './listings.ts';

export type RecordedOwnerListings = 'indexed' | 'rowsOf' | 'profilesOf';

/** Returns them by customer. Reads nothing if there are no customers, and no records of customers without an item. */
export async function recordedOwners(
  listings: Pick<Listings, RecordedOwnerListings>,
  customerIds: readonly string[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  if (customerIds.length === 0) return new Map();
  const indexed = await listings.indexed([...new Set(customerIds)]);
  const subs = [...new Set([...indexed.values()].flat())];
  if (subs.length === 0) return new Map();
  const [rows, profiles] = await Promise.all([listings.rowsOf(subs), listings.profilesOf(subs)]);
  const naming = [...indexed].map(([customerId, users]) => {
    const named = users.filter((sub) =>
      recordsName({ row: rows.get(sub), profile: profiles.get(sub) }, customerId),
    );
    return [customerId, named] as const;
  });
  return new Map(naming.filter(([, users]) => users.length > 0));
}

/** Returns the user of a customer that the records of exactly one user name. */
export function onlyOwner(
  owners: ReadonlyMap<string, readonly string[]>,
  customerId: string,
): string | undefined {
  const [sub, ...others] = owners.get(customerId) ?? [];
  return others.length === 0 ? sub : undefined;
}
