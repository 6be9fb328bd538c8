/** Lists the worlds for a reconcile run, in small pages, while they change. */
import type { Listings, Page } from '../../core/reconcile/listings.ts';
import { readingOf } from '../event-reading.ts';
import { isCurrent } from '../oracle/stores.ts';
import type { World } from '../world.ts';
import { type CognitoWorld, listedUsers } from './cognito.ts';
import { boughtBy, type StoresWorld } from './stores.ts';
import { lookupIn, stampOf } from './stripe.ts';

const PAGE_SIZE = 2;

export interface ListedWorld extends Pick<World, 'dynamodb' | 'stripe' | 'cognito' | 'undelivered'> {
  /** Null: this installation has no app in a store. */
  readonly stores: StoresWorld | null;
}

export function listingsOf(world: ListedWorld): Listings {
  const { dynamodb, stripe, cognito, undelivered } = world;
  const ownerOf = (id: string): string | null => stripe.customers.get(id)?.sub ?? null;
  const pick = <T>(all: ReadonlyMap<string, T>, keys: readonly string[]) =>
    new Map([...all].filter(([key]) => keys.includes(key)));
  return {
    ...poolListings(cognito),
    // In one page, because a run asks Cognito about only a share of the profiles of a larger table.
    profiles: async () => ({ items: [...dynamodb.profiles.values()], next: null }),
    // The records are on the first page.
    rows: async (from) => ({
      ...(await page([...dynamodb.entitlements.values()], from)),
      removals: from === null ? [...dynamodb.removals.values()] : [],
    }),
    subscriptions: (from) => {
      const all = [...stripe.subscriptions.values()];
      const listed = all.map((subscription) => ({
        subscription,
        sub: ownerOf(subscription.customerId),
        namedSub: stampOf(stripe, subscription).sub,
        unnamed: isUnnamed(stripe, subscription.customerId),
      }));
      return page(listed, from);
    },
    customers: (from) =>
      page(
        [...stripe.customers.values()]
          .filter(({ deletedMs }) => deletedMs === null)
          .map(({ id, sub }) => ({ id, sub, email: null, unnamed: isUnnamed(stripe, id) })),
        from,
      ),
    undeliveredEvents: (from) => page(undelivered.map(readingOf), from),
    events: async () => ({ items: [], next: null }),
    reversals: (from) =>
      page(
        [...stripe.subscriptions.values()].filter((subscription) => stripe.reversed.has(subscription.id)),
        from,
      ),
    // In one page, because a run reads the records of only a share of a larger index.
    index: async () => ({
      items: [...dynamodb.index].map(([customerId, users]) => ({ customerId, users })),
      next: null,
    }),
    indexed: async (ids) => pick(dynamodb.index, ids),
    rowsOf: async (subs) => pick(dynamodb.entitlements, subs),
    profilesOf: async (subs) => pick(dynamodb.profiles, subs),
    ownersOf: async (ids) =>
      new Map(
        ids.flatMap((id) => [ownerOf(id)].flatMap((sub) => (sub === null ? [] : [[id, sub] as const]))),
      ),
    ...storeListings(world),
    usersOf: async () => [],
    customersOf: async () => [],
    unrecordedTrials: async () => new Set(),
    // Runs are daily, and a run starts long after the last action of the history.
    isFresh: () => true,
    lookUpCustomers: async (ids) => new Map(ids.map((id) => [id, lookupIn(stripe, id)])),
  };
}

/** Whether the metadata of the customer name no user, or it was deleted and shows them no more. */
export function isUnnamed({ customers }: World['stripe'], id: string): boolean {
  const customer = customers.get(id);
  return customer === undefined || customer.deletedMs !== null || customer.sub === null;
}

function storeListings({ stores }: ListedWorld): Pick<Listings, 'storeCustomers'> {
  if (stores === null) return { storeCustomers: (from) => page([], from) };
  return {
    // Runs are daily. So what bills again, but gives no access any more, was listed while it did.
    storeCustomers: (from) => {
      const listed = [...stores.customers].filter((sub) => boughtBy(stores, sub).some(isCurrent));
      const subs = listed.map((sub) => ({ sub }));
      return page(subs, from);
    },
  };
}

function poolListings(cognito: CognitoWorld): Pick<Listings, 'users' | 'missingUsers'> {
  return {
    users: (from) => {
      const about = {
        emailVerified: true,
        givenName: null,
        familyName: null,
        confirmed: true,
        enabled: true,
      };
      const users = listedUsers(cognito).map(([username, sub]) => {
        return { sub, username, email: cognito.emails.get(sub) ?? null, ...about };
      });
      return page(users, from);
    },
    missingUsers: async (subs) => {
      const listed = new Set(listedUsers(cognito).map(([, sub]) => sub));
      return new Set(subs.filter((sub) => !listed.has(sub)));
    },
  };
}

async function page<T>(all: readonly T[], from: string | null): Promise<Page<T>> {
  const start = from === null ? 0 : Number(from);
  const end = start + PAGE_SIZE;
  return { items: all.slice(start, end), next: end < all.length ? String(end) : null };
}
