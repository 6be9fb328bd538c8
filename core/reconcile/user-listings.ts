/** Listings of a single user, so that a run can check one user in the same way as a pool. */
import { isOfAnother, type OwnerContradiction, ownershipOf } from '../account/ownership.ts';
import type { UserReader } from '../account/pool-user.ts';
import type { CustomerLookup, CustomerRemover, SubscriptionReader } from '../billing/billing.ts';
import type { EntitlementRow } from '../entitlement/row.ts';
import type { PendingRemovals } from '../stores/pending-removal.ts';
import type { Listings, Page } from './listings.ts';

export interface UserListingsServices {
  readonly poolId: string;
  readonly listings: Listings;
  readonly billing: SubscriptionReader & CustomerRemover;
  readonly reader: UserReader;
  readonly removals: Pick<PendingRemovals, 'read'>;
}

export interface UserListings extends Listings {
  /** The customers that the user's profile or row names, and that name another user themselves. */
  readonly contradictions: readonly OwnerContradiction[];
}

/** Leaves out the customers of other users and other pools, whatever names them. */
export async function listingsOfUser(
  { listings, billing, reader, poolId, removals }: UserListingsServices,
  sub: string,
): Promise<UserListings> {
  const [user, profiles, rows, found, removal] = await Promise.all([
    reader.readUser({ sub, username: null }),
    listings.profilesOf([sub]),
    listings.rowsOf([sub]),
    billing.findCustomers(sub),
    removals.read(sub),
  ]);
  const ofProfile = profiles.get(sub)?.customerId ?? null;
  const recorded = [
    ...(ofProfile === null ? [] : [ofProfile]),
    ...[...rows.values()].flatMap(({ customerIds: listed }: EntitlementRow) => listed),
  ];
  const named = [...new Set([...recorded, ...(found === 'unavailable' ? [] : found)])];
  const lookups = new Map(
    await Promise.all(named.map(async (id) => [id, await billing.retrieveCustomer(id)] as const)),
  );
  const contradictions: OwnerContradiction[] = [];
  const customerIds = named.filter((customerId) => {
    const stamp = lookups.get(customerId);
    if (stamp?.kind !== 'customer') return true;
    const ownership = ownershipOf({ stamp, sub, poolId, recorded: recorded.includes(customerId) });
    if (ownership === 'other_user' && stamp.sub !== null) {
      const source = customerId === ofProfile ? 'profile' : 'row';
      contradictions.push({ customerId, sub: stamp.sub, otherSub: sub, source });
    }
    return !isOfAnother(ownership);
  });
  const live = customerIds.filter((id) => lookups.get(id)?.kind === 'customer');
  const unnamed = new Set(live.filter((id) => namesNoOne(lookups.get(id)) && recorded.includes(id)));
  const lists = await Promise.all(customerIds.map((id) => billing.listSubscriptions(id)));
  const subscriptions = lists.flatMap((list) => (list === 'missing' ? [] : list.subscriptions));
  return {
    ...listings,
    users: async () => singlePage(user === undefined ? [] : [user]),
    profiles: async () => singlePage([...profiles.values()]),
    rows: async () => ({
      ...singlePage([...rows.values()]),
      ...(removal === undefined ? {} : { removals: [removal] }),
    }),
    subscriptions: async () =>
      singlePage(
        subscriptions.map((subscription) => ({ subscription, sub, namedSub: null, unnamed: false })),
      ),
    storeCustomers: async () => singlePage([{ sub }]),
    ...customerListings(listings, { sub, live, unnamed }),
    reversals: async () => singlePage(live.map((customerId) => ({ customerId }))),
    undeliveredEvents: async () => singlePage([]),
    events: async () => singlePage([]),
    // For one user the extra call that a fresh profile costs does not matter.
    isFresh: () => true,
    missingUsers: async (subs) => new Set(user === undefined ? subs : []),
    contradictions,
  };
}

function customerListings(
  listings: Pick<Listings, 'indexed'>,
  of: { readonly sub: string; readonly live: readonly string[]; readonly unnamed: ReadonlySet<string> },
): Pick<Listings, 'customers' | 'indexed' | 'index'> {
  const { sub, live, unnamed } = of;
  return {
    customers: async () =>
      singlePage(
        live.map((id) => {
          const isUnnamed = unnamed.has(id);
          return { id, sub: isUnnamed ? null : sub, email: null, unnamed: isUnnamed };
        }),
      ),
    // A run that only reports builds no index, and the records are at hand.
    indexed: async (ids) => {
      const indexed = await listings.indexed(ids);
      const withUser = (id: string) => [
        ...new Set([...(indexed.get(id) ?? []), ...(unnamed.has(id) ? [sub] : [])]),
      ];
      return new Map(ids.map((id) => [id, withUser(id)]));
    },
    index: async () => singlePage([]),
  };
}

function namesNoOne(lookup: CustomerLookup | undefined): boolean {
  return lookup?.kind === 'customer' && lookup.sub === null;
}

function singlePage<T>(items: readonly T[]): Page<T> {
  return { items, next: null };
}
