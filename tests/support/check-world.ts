/** An installation on the worlds of the simulation, with listings that reconcile's checks read and what repairs need. */
import type { PoolUser } from '../../core/account/pool-user.ts';
import type { PlanPolicy } from '../../core/entitlement/policy.ts';
import { type CheckName, checkOf } from '../../core/reconcile/checks/index.ts';
import type { Listings, Page } from '../../core/reconcile/listings.ts';
import { type RepairServices, syncRequest } from '../../core/reconcile/repair.ts';
import type { Drift } from '../../core/reconcile/scan.ts';
import { createSyncStores } from '../../core/stores/sync-stores.ts';
import { createApplyEvent } from '../../core/sync/apply-event.ts';
import type { EventReading } from '../../core/sync/stripe-event.ts';
import { isUnnamed } from '../../simulation/worlds/listings.ts';
import { lookupIn, stampOf } from '../../simulation/worlds/stripe.ts';
import { type AccountWorld, createAccountWorld } from './account-world.ts';
import { createStoreWorld } from './store-world.ts';

/** What the worlds do not know, and the checks read. */
function listedFacts() {
  return {
    /** How a user differs from a confirmed one, by sub. */
    about: new Map<string, Partial<PoolUser>>(),
    /** The addresses of customers, by id. */
    emails: new Map<string, string>(),
    events: [] as EventReading[],
    undelivered: [] as EventReading[],
    /** The users that RevenueCat lists. An error: it does not list them. */
    storeCustomers: [] as readonly string[] | Error,
    /** The customers with a recent refund or dispute. */
    reversals: [] as string[],
    /** The users whose trials are recorded. */
    recorded: new Set<string>(),
    /** The users whose profiles are older than a sign-up can take. */
    old: new Set<string>(),
    pageSize: 100,
    /** The listings that were read, in order, each with what was asked for. */
    reads: [] as (readonly [string, unknown])[],
  };
}

type ListedFacts = ReturnType<typeof listedFacts>;

function usersIn({ cognito }: AccountWorld, { about }: ListedFacts): readonly PoolUser[] {
  return [...cognito.users].map(([username, sub]) => ({
    sub,
    username,
    email: cognito.emails.get(sub) ?? null,
    emailVerified: true,
    givenName: null,
    familyName: null,
    confirmed: true,
    enabled: true,
    ...about.get(sub),
  }));
}

function pagesOf(world: AccountWorld, facts: ListedFacts) {
  const { dynamodb, stripe } = world;
  const list =
    <T>(name: string, all: () => readonly T[]) =>
    async (cursor: string | null): Promise<Page<T>> => {
      facts.reads.push([name, cursor]);
      const start = Number(cursor ?? 0);
      const end = start + facts.pageSize;
      return { items: all().slice(start, end), next: end < all().length ? String(end) : null };
    };
  return {
    users: list('users', () => usersIn(world, facts)),
    profiles: list('profiles', () => [...dynamodb.profiles.values()]),
    rows: list('rows', () => [...dynamodb.entitlements.values()]),
    subscriptions: list('subscriptions', () =>
      [...stripe.subscriptions.values()].map((subscription) => ({
        subscription,
        sub: stripe.customers.get(subscription.customerId)?.sub ?? null,
        namedSub: stampOf(stripe, subscription).sub,
        unnamed: isUnnamed(stripe, subscription.customerId),
      })),
    ),
    customers: list('customers', () =>
      [...stripe.customers.values()]
        .filter(({ deletedMs }) => deletedMs === null)
        .map(({ id, sub }) => ({
          id,
          sub,
          email: facts.emails.get(id) ?? null,
          unnamed: isUnnamed(stripe, id),
        })),
    ),
    index: list('index', () => [...dynamodb.index].map(([customerId, users]) => ({ customerId, users }))),
    undeliveredEvents: list('undeliveredEvents', () => facts.undelivered),
    events: list('events', () => facts.events),
    storeCustomers: list('storeCustomers', () => {
      if (facts.storeCustomers instanceof Error) throw facts.storeCustomers;
      return facts.storeCustomers.map((sub) => ({ sub }));
    }),
    reversals: list('reversals', () => facts.reversals.map((customerId) => ({ customerId }))),
  };
}

function listingsOf(world: AccountWorld, facts: ListedFacts): Listings {
  const { dynamodb, stripe } = world;
  const answer =
    <Asked, Answer>(name: string, about: (asked: Asked) => Answer) =>
    async (asked: Asked): Promise<Answer> => {
      facts.reads.push([name, asked]);
      return about(asked);
    };
  const pick = <T>(all: ReadonlyMap<string, T>, keys: readonly string[]) =>
    new Map([...all].filter(([key]) => keys.includes(key)));
  const pages = pagesOf(world, facts);
  return {
    ...pages,
    indexed: answer('indexed', (ids: readonly string[]) => pick(dynamodb.index, ids)),
    rowsOf: answer('rowsOf', (subs: readonly string[]) => pick(dynamodb.entitlements, subs)),
    profilesOf: answer('profilesOf', (subs: readonly string[]) => pick(dynamodb.profiles, subs)),
    lookUpCustomers: answer(
      'lookUpCustomers',
      (ids: readonly string[]) => new Map(ids.map((id) => [id, lookupIn(stripe, id)])),
    ),
    ownersOf: answer('ownersOf', (ids: readonly string[]) => {
      const owners = ids.map((id) => [id, stripe.customers.get(id)?.sub ?? null] as const);
      return new Map(owners.flatMap(([id, sub]) => (sub === null ? [] : [[id, sub] as const])));
    }),
    missingUsers: answer('missingUsers', (subs: readonly string[]) => {
      const known = new Set(world.cognito.users.values());
      return new Set(subs.filter((sub) => !known.has(sub)));
    }),
    usersOf: answer('usersOf', (email: string) =>
      usersIn(world, facts).filter((user) => user.email === email),
    ),
    customersOf: async (email) =>
      (await pages.customers(null)).items.filter((customer) => customer.email === email),
    unrecordedTrials: answer(
      'unrecordedTrials',
      (users: readonly PoolUser[]) =>
        new Set(users.map(({ sub }) => sub).filter((sub) => !facts.recorded.has(sub))),
    ),
    isFresh: ({ userId }) => !facts.old.has(userId),
  };
}

export function createCheckWorld() {
  const world = createAccountWorld();
  const facts = listedFacts();
  const listings = listingsOf(world, facts);
  const { systems, sync, deleteAccount, provision, gate } = world;
  const trials: { readonly user: PoolUser; readonly customerId: string }[] = [];
  const revenuecat = createStoreWorld();
  const { stores } = revenuecat;
  const services: RepairServices = {
    ...systems,
    sync,
    stores,
    syncStores: createSyncStores({ ...systems, stores, random: () => 0 }),
    applyEvent: createApplyEvent({ ...systems, sync }),
    deleteAccount,
    provision,
    gate,
    recordTrial: async (user, customerId) => {
      trials.push({ user, customerId });
    },
  };
  const scan = (name: CheckName, cursor: string | null = null, policy?: PlanPolicy) =>
    checkOf(name).scan({
      listings,
      cursor,
      nowSeconds: world.nowSeconds(),
      ...(policy === undefined ? {} : { policy }),
    });
  const planOf = async (name: CheckName) => {
    const [drift] = (await scan(name)).drifts;
    if (drift === undefined) throw new Error(`The check ${name} finds nothing`);
    return drift.plan(services);
  };
  return {
    ...world,
    facts,
    services,
    revenuecat,
    /** The trials that were recorded. */
    trials,
    /** Fills the user's row with what Stripe has now. */
    syncUser: (sub: string, customerId: string) => sync(syncRequest(customerId, sub)),
    markForDeletion: (
      sub: string,
      mark: { readonly requested: boolean; readonly username?: string | null },
    ) => systems.profiles.markForDeletion({ userId: sub, username: null, at: '0', ...mark }),
    /** Scans one page, and returns what a report shows of it. */
    find: async (name: CheckName, cursor: string | null = null, policy?: PlanPolicy) => {
      const { checked, drifts, next } = await scan(name, cursor, policy);
      return { checked, found: drifts.map(shown), next };
    },
    /** Returns the plan for the first drift of the check. */
    planOf,
    /** Carries out the plan for the first drift of the check, after `between`. */
    repair: async (name: CheckName, between: () => unknown = () => undefined) => {
      const plan = await planOf(name);
      if (plan.kind !== 'repair') return plan;
      await between();
      return { planned: plan.action, outcome: await plan.run() };
    },
  };
}

function shown({ reason, subjectId, sub }: Drift): readonly [string, string, string | null] {
  return [reason, subjectId, sub];
}
