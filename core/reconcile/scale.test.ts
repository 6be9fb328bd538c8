import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { row } from '../../tests/support/rows.ts';
import { DAY, subscription, T0 } from '../../tests/support/subscriptions.ts';
import { project } from '../entitlement/project.ts';
import { sweepCost } from './cost.ts';
import { createReconcile, type ReconcileServices } from './reconcile.ts';
import type { Page, Sweep } from './sweep.ts';

const USERS = 100_000;
const DIFFERING = 50;

/** A hundred thousand users, each made when it is asked for; counts calls, and how much is held at once. */
function hundredThousand() {
  const counts = { stripe: 0, scans: 0, batches: 0, mostAtOnce: 0 };
  const listing = async <T>(of: (n: number) => T, size: number, from: string | null): Promise<Page<T>> => {
    const start = Number(from ?? 0);
    const end = Math.min(USERS, start + size);
    const items = Array.from({ length: end - start }, (_, index) => of(start + index));
    counts.mostAtOnce = Math.max(counts.mostAtOnce, items.length);
    return { items, next: end < USERS ? String(end) : null };
  };
  const fromStripe = <T>(of: (n: number) => T, from: string | null) => {
    counts.stripe += 1;
    return listing(of, 100, from);
  };
  const fromTable = <T>(of: (n: number) => T, from: string | null) => {
    counts.scans += 1;
    return listing(of, 500, from);
  };
  const none = async () => {
    counts.stripe += 1;
    return { items: [], next: null };
  };
  const subscriptionOf = (n: number) => {
    const status = n % (USERS / DIFFERING) === 0 ? 'canceled' : 'active';
    return subscription({ id: `sub_${n}`, customerId: `cus_${n}`, status });
  };
  const rowOf = (n: number) => {
    const known = subscription({ id: `sub_${n}`, customerId: `cus_${n}` });
    return row({ ...project([known]).state, sub: `user-${n}`, customerIds: [`cus_${n}`], syncedAt: T0 });
  };
  const profileOf = (n: number) => {
    return { userId: `user-${n}`, customerId: `cus_${n}`, deletion: null, createdAt: null };
  };
  const many = async <T>(subs: readonly string[], of: (n: number) => T) => {
    counts.batches += Math.max(1, Math.ceil(subs.length / 100));
    return new Map(subs.map((sub) => [sub, of(Number(sub.slice(5)))]));
  };
  const sweep: Sweep = {
    profiles: (from) => fromTable(profileOf, from),
    rows: (from) => fromTable(rowOf, from),
    subscriptions: (from) => fromStripe((n) => ({ subscription: subscriptionOf(n), sub: `user-${n}` }), from),
    customers: (from) => fromStripe((n) => ({ id: `cus_${n}`, sub: `user-${n}`, email: null }), from),
    users: none,
    undelivered: none,
    events: none,
    reversals: async (from) => {
      counts.stripe += 1;
      return { items: [], next: from === null ? 'disputes ' : null };
    },
    rowsOf: (subs) => many(subs, rowOf),
    profilesOf: (subs) => many(subs, profileOf),
    deadCustomers: async () => new Set(),
    ownersOf: async () => new Map(),
    usersOf: async () => [],
    customersOf: async () => [],
    unremembered: async () => new Set(),
    isFresh: () => false,
  };
  return { sweep, counts };
}

it('a run over 100,000 users makes the calls that are computed, holds a page at a time, and heals what differs', async () => {
  const { sweep, counts } = hundredThousand();
  const synced: string[] = [];
  const services = {
    sweep,
    sync: async ({ sub }: { readonly sub: string | null }) => {
      synced.push(sub ?? '');
      return { kind: 'written', sub: sub ?? '', status: 'canceled', tries: 1 } as const;
    },
    clock: { nowMs: () => (T0 + DAY) * 1_000, nowIso: () => '2026-01-02T00:00:00.000Z' },
    checkpoint: { load: async () => undefined, save: async () => undefined },
  } as unknown as ReconcileServices;
  const { complete, report } = await createReconcile(services)();
  expect({ complete, report }).toMatchObject({
    complete: true,
    report: { checked: 4 * USERS, differed: DIFFERING, healed: DIFFERING, failed: 0 },
  });
  expect(new Set(synced).size).toBe(DIFFERING);
  const size = {
    users: USERS,
    subscriptions: USERS,
    customers: USERS,
    events: 0,
    refunds: 0,
    disputes: 0,
    fresh: 0,
  };
  const cost = sweepCost(size);
  expect(counts).toEqual({
    stripe: cost.stripeCalls,
    scans: cost.scanPages,
    batches: cost.batchGets,
    mostAtOnce: 500,
  });
});

it.each([1_000, 100_000, 1_000_000, 10_000_000])('the docs tell what a run over %d users costs', (users) => {
  const docs = readFileSync(new URL('../../docs/reconcile.md', import.meta.url), 'utf8');
  const others = { events: 0, refunds: 0, disputes: 0, fresh: 0 };
  const cost = sweepCost({ users, subscriptions: users, customers: users, ...others });
  const cells = [users, cost.stripeCalls, cost.minutes.toFixed(1), cost.scanPages, cost.batchGets];
  const told = cells.map((cell) => (typeof cell === 'number' ? cell.toLocaleString('en-US') : cell));
  const lines = docs.split('\n').map((line) =>
    line
      .split('|')
      .map((cell) => cell.trim())
      .filter(Boolean),
  );
  expect(lines).toContainEqual(told);
});
