/** One user, gone over as everything is: what the three systems hold of this user alone. */

import type { UserReader } from '../account/pool-user.ts';
import type { CustomerRemover, SubscriptionReader } from '../billing/billing.ts';
import type { EntitlementRow } from '../entitlement/row.ts';
import type { Listings, Page } from './listings.ts';
import { type PartName, usualParts } from './parts.ts';

export interface UserListingsServices {
  readonly listings: Listings;
  readonly billing: SubscriptionReader & CustomerRemover;
  readonly reader: UserReader;
}

/** Everything, and whether the user has been taken in at all. */
export const manualChecks: readonly PartName[] = ['users', ...usualParts];

export async function listingsOfUser(
  { listings, billing, reader }: UserListingsServices,
  sub: string,
): Promise<Listings> {
  const [user, profiles, rows, found] = await Promise.all([
    reader.readUser({ sub, username: null }),
    listings.profilesOf([sub]),
    listings.rowsOf([sub]),
    billing.findCustomers(sub),
  ]);
  const ids = [
    ...[...profiles.values()].map(({ customerId }) => customerId).filter((id) => id !== null),
    ...[...rows.values()].flatMap(({ customerIds }: EntitlementRow) => customerIds),
    ...(found === 'unavailable' ? [] : found),
  ];
  const customerIds = [...new Set(ids)];
  const lookups = await Promise.all(customerIds.map((id) => billing.retrieveCustomer(id)));
  const live = customerIds.filter((_, index) => lookups[index]?.kind === 'customer');
  const lists = await Promise.all(customerIds.map((id) => billing.listSubscriptions(id)));
  const subscriptions = lists.flatMap((list) => (list === 'missing' ? [] : list.subscriptions));
  return {
    ...listings,
    users: async () => whole(user === undefined ? [] : [user]),
    profiles: async () => whole([...profiles.values()]),
    rows: async () => whole([...rows.values()]),
    subscriptions: async () => whole(subscriptions.map((subscription) => ({ subscription, sub }))),
    customers: async () => whole(live.map((id) => ({ id, sub, email: null }))),
    reversals: async () => whole(live.map((customerId) => ({ customerId }))),
    undeliveredEvents: async () => whole([]),
    events: async () => whole([]),
    // Whether its customer lives is known already.
    isFresh: () => true,
  };
}

function whole<T>(items: readonly T[]): Page<T> {
  return { items, next: null };
}
