/** Listings of a single user, so that a run can check one user in the same way as a pool. */
import type { UserReader } from '../account/pool-user.ts';
import type { CustomerRemover, SubscriptionReader } from '../billing/billing.ts';
import type { EntitlementRow } from '../entitlement/row.ts';
import type { Listings, Page } from './listings.ts';

export interface UserListingsServices {
  readonly listings: Listings;
  readonly billing: SubscriptionReader & CustomerRemover;
  readonly reader: UserReader;
}

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
    users: async () => singlePage(user === undefined ? [] : [user]),
    profiles: async () => singlePage([...profiles.values()]),
    rows: async () => singlePage([...rows.values()]),
    subscriptions: async () => singlePage(subscriptions.map((subscription) => ({ subscription, sub }))),
    customers: async () => singlePage(live.map((id) => ({ id, sub, email: null }))),
    reversals: async () => singlePage(live.map((customerId) => ({ customerId }))),
    undeliveredEvents: async () => singlePage([]),
    events: async () => singlePage([]),
    // For one user the extra call that a fresh profile costs does not matter.
    isFresh: () => true,
  };
}

function singlePage<T>(items: readonly T[]): Page<T> {
  return { items, next: null };
}
