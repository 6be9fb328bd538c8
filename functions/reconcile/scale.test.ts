import { readFileSync } from 'node:fs';
import type { ListUsersCommandInput } from '@aws-sdk/client-cognito-identity-provider';
import type { BatchGetCommandInput, ScanCommandInput } from '@aws-sdk/lib-dynamodb';
import type { Stripe } from 'stripe';
import { describe, expect, it } from 'vitest';
import { createPoolListings } from '../../adapters/cognito/user-reader.ts';
import type { DynamoDb } from '../../adapters/dynamodb/dynamodb.ts';
import { rowOf } from '../../adapters/dynamodb/entitlement-item.ts';
import { createTableListings } from '../../adapters/dynamodb/listings.ts';
import { createStoreListings } from '../../adapters/revenuecat/listings.ts';
import { createStripeListings } from '../../adapters/stripe/listings.ts';
import { createPace } from '../../adapters/system/pace.ts';
import type { CheckName } from '../../core/reconcile/checks/index.ts';
import type { Progress } from '../../core/reconcile/progress.ts';
import { createReconcile } from '../../core/reconcile/reconcile.ts';
import { noActions } from '../../core/reconcile/report.ts';
import type { ReconcileServices } from '../../core/reconcile/services.ts';
import { reconcileRunCost, type Size } from '../../operations/cost/reconcile-run.ts';
import { DAY, subscription as subscriptionOf, T0 } from '../../tests/support/subscriptions.ts';

const USERS = 100_000;
const DIFFERING = 1_000;
const poolId = 'us-east-1_Large';

const reversals = { refunds: 0, disputes: 0, creditNotes: 0, voidInvoices: 0, uncollectible: 0 };
const none = { events: 0, ...reversals, fresh: 0 };
const sizeOf = (users: number): Size => ({ users, subscriptions: users, customers: users, ...none });

const numberIn = (id: unknown): number => Number(String(id).replace(/^\D*/, ''));

/** Stripe's listings of a hundred thousand items, each created when it is requested. */
function largeStripe(turn: () => Promise<void>) {
  const list = (count: number, of: (n: number) => object) => ({
    list: async ({ limit = 10, starting_after: after }: Stripe.PaginationParams) => {
      await turn();
      const start = after === undefined ? 0 : numberIn(after) + 1;
      const end = Math.min(count, start + limit);
      const data = Array.from({ length: end - start }, (_, index) => of(start + index));
      return { data, has_more: end < count };
    },
  });
  const customer = (n: number) => ({ id: `cus_${n}`, metadata: { cognito_sub: `user-${n}` } });
  const item = { id: 'si_1', price: { id: 'price_a' }, current_period_end: T0 + 30 * DAY };
  const items = { has_more: false, data: [item] };
  const subscription = (n: number) => {
    const status = n % (USERS / DIFFERING) === 0 ? 'canceled' : 'active';
    return { id: `sub_${n}`, customer: customer(n), status, created: T0 - DAY, items };
  };
  return {
    customers: list(USERS, customer),
    subscriptions: list(USERS, subscription),
    events: list(0, customer),
    refunds: list(0, customer),
    disputes: list(0, customer),
    creditNotes: list(0, customer),
    invoices: list(0, customer),
  } as unknown as Stripe;
}

const profileItem = (n: number) => ({ userId: `user-${n}`, stripeCustomerId: `cus_${n}` });
const indexItem = (n: number) => ({ cognito_sub: `stripe_customer#cus_${n}`, users: [`user-${n}`] });
const rowItem = (n: number) => ({
  cognito_sub: `user-${n}`,
  status: 'active',
  stripe_status: 'active',
  plan: 'price_a',
  current_period_end: T0 + 30 * DAY,
  cancel_at_period_end: false,
  subscription_id: `sub_${n}`,
  synced_at: T0,
  stripe_customer_ids: [`cus_${n}`],
  version: 1,
});

/** The pool and both tables, with a count of the calls. */
function largeAws() {
  const calls = { scans: 0, batches: 0, users: 0 };
  // The items of the index follow the rows in the scan, and are spread among them in reality.
  const itemsOf = (table: string) => (table === 'Users' ? USERS : 2 * USERS);
  const of = (table: string) => (n: number) => {
    if (table === 'Users') return profileItem(n);
    return n < USERS ? rowItem(n) : indexItem(n - USERS);
  };
  const keyOf = (key: unknown) => (String(key).startsWith('stripe_customer#') ? USERS : 0) + numberIn(key);
  const scan = ({ TableName = '', Limit = 1, ExclusiveStartKey: after }: ScanCommandInput) => {
    calls.scans += 1;
    const start = after === undefined ? 0 : keyOf(Object.values(after)[0]) + 1;
    const end = Math.min(itemsOf(TableName), start + Limit);
    const Items = Array.from({ length: end - start }, (_, index) => of(TableName)(start + index));
    const last = Object.entries(Items.at(-1) ?? {}).slice(0, 1);
    return { Items, ...(end < itemsOf(TableName) ? { LastEvaluatedKey: Object.fromEntries(last) } : {}) };
  };
  const batch = ({ RequestItems = {} }: BatchGetCommandInput) => {
    calls.batches += 1;
    const found = Object.entries(RequestItems).map(([table, { Keys = [] }]) => {
      expect(Keys.length).toBeLessThanOrEqual(100);
      return [table, Keys.map((key) => of(table)(keyOf(Object.values(key)[0])))] as const;
    });
    return { Responses: Object.fromEntries(found), UnprocessedKeys: {} };
  };
  const list = ({ Limit = 1, PaginationToken: from = '0', Filter }: ListUsersCommandInput) => {
    calls.users += 1;
    const asked = /"(?<sub>[^"]+)"/.exec(Filter ?? '')?.groups?.['sub'];
    if (asked !== undefined)
      return { Users: [{ Username: asked, Attributes: [{ Name: 'sub', Value: asked }] }] };
    const end = Math.min(USERS, Number(from) + Limit);
    const Users = Array.from({ length: end - Number(from) }, (_, index) => {
      const sub = `user-${Number(from) + index}`;
      return { Username: sub, Attributes: [{ Name: 'sub', Value: sub }] };
    });
    return { Users, ...(end < USERS ? { PaginationToken: String(end) } : {}) };
  };
  // A run that finds nothing needs no other call.
  const tables: Pick<DynamoDb, 'scan' | 'batchGet'> = {
    scan: async (_, input) => scan(input),
    batchGet: async (_, input) => batch(input),
  };
  const pool = async (operation: string, input: object) => {
    expect(operation).toBe('ListUsers');
    return list(input as ListUsersCommandInput);
  };
  return { calls, tables: tables as DynamoDb, pool };
}

/** The real listings over both, at a quarter of a live key's rate limit, with a simulated clock. */
function largeInstallation() {
  const time = { ms: (T0 + DAY) * 1_000 };
  const clock = {
    nowMs: () => time.ms,
    sleep: async (ms: number) => {
      time.ms += ms;
    },
  };
  const calls = { stripe: 0, revenuecat: 0, questions: 0 };
  const pace = createPace(25, clock);
  const stripe = largeStripe(() => {
    calls.stripe += 1;
    return pace.waitForTurn();
  });
  const ask = () => {
    calls.questions += 1;
    return pace.waitForTurn();
  };
  const aws = largeAws();
  const tables = { client: aws.tables, usersTable: 'Users', entitlementsTable: 'Rows', clock };
  const pool = { client: aws.pool, poolId };
  const saved: string[] = [];
  const synced = new Set<string>();
  const services = {
    listings: {
      ...createPoolListings(pool),
      ...createTableListings({ ...tables, segment: { index: 0, of: 1 } }),
      ...createStoreListings(null, 0),
      ...createStripeListings({ stripe, livemode: true, poolId, reversalsSince: 0, eventsSince: 0 }),
    },
    sync: async ({ sub }: { readonly sub: string }) => {
      synced.add(sub);
      return { kind: 'written', sub, status: 'canceled', attempts: 1 };
    },
    profiles: { read: async (userId: string) => ({ userId, customerId: null, deletion: null }) },
    entitlements: { read: async (sub: string) => rowOf(sub, rowItem(numberIn(sub))) },
    billing: {
      listSubscriptions: async (customerId: string) => {
        await ask();
        const id = `sub_${numberIn(customerId)}`;
        return { subscriptions: [subscriptionOf({ id, customerId })], asOf: T0, owner: null };
      },
      listFeatures: async () => {
        await ask();
        return 'unavailable';
      },
    },
    adoption: { isComplete: async () => true },
    clock,
    checkpoint: {
      load: async () => undefined,
      save: async (progress: Progress | undefined) => void saved.push(JSON.stringify(progress ?? null)),
    },
  } as unknown as ReconcileServices;
  const startedMs = time.ms;
  const minutes = () => (time.ms - startedMs) / 60_000;
  return { run: createReconcile(services), stripe: calls, aws: aws.calls, saved, synced, minutes };
}

describe('A run over 100,000 users', () => {
  it('makes the computed number of calls in the computed time, and repairs every drift', async () => {
    const { run, stripe, aws, synced, minutes } = largeInstallation();
    const { complete, report } = await run();
    expect({ complete, report }).toMatchObject({
      complete: true,
      report: { checked: 7 * USERS, found: DIFFERING, outcomes: { ...noActions, synced: DIFFERING } },
    });
    expect(synced.size).toBe(DIFFERING);
    const cost = reconcileRunCost(sizeOf(USERS));
    const { users, questions, ...others } = { ...stripe, ...aws };
    expect(others).toEqual({
      stripe: cost.stripeCalls,
      // This installation has no app in a store.
      revenuecat: 0,
      scans: cost.scanPages,
      batches: cost.batchGets,
    });
    // Which users a run asks about follows from their subs.
    expect(users / cost.poolQuestions).toBeCloseTo(1, 1);
    expect(questions / cost.stripeQuestions).toBeCloseTo(1, 1);
    expect(minutes()).toBeCloseTo(cost.minutes, 1);
  });

  it('saves only a few findings, however many there are', async () => {
    const { run, saved } = largeInstallation();
    const checks: readonly CheckName[] = ['subscriptions'];
    const { report } = await run({ checks, dryRun: true });
    expect(report.found).toBe(DIFFERING);
    expect(report.examples).toHaveLength(20);
    expect(Math.max(...saved.map(({ length }) => length))).toBeLessThan(2_000);
  });

  it('also lists the whole pool if it is run by hand', async () => {
    const { run, aws } = largeInstallation();
    await run({ checks: ['users'], dryRun: true });
    const { pool } = reconcileRunCost(sizeOf(USERS));
    expect(aws).toEqual({ users: pool.pages, batches: pool.batchGets, scans: 0 });
  });
});

it.each([1_000, 100_000, 1_000_000, 10_000_000])('The docs state what a run over %d users costs', (users) => {
  const docs = readFileSync(new URL('../../docs/reconcile.md', import.meta.url), 'utf8');
  const cost = reconcileRunCost(sizeOf(users));
  const counts = [cost.scanPages, cost.batchGets, cost.poolQuestions, cost.pool.pages];
  const cells = [users, cost.stripeCalls, cost.stripeQuestions, cost.minutes.toFixed(1), ...counts];
  const expected = cells.map((cell) => (typeof cell === 'number' ? cell.toLocaleString('en-US') : cell));
  const lines = docs.split('\n').map((line) =>
    line
      .split('|')
      .map((cell) => cell.trim())
      .filter(Boolean),
  );
  expect(lines).toContainEqual(expected);
});
