/** What the syncs of purchases in stores keep right between each other, Stripe and other writers. */
import { describe, expect, it } from 'vitest';
import { claimsOf } from '../../core/entitlement/claims.ts';
import type { ClaimSource } from '../../core/entitlement/row.ts';
import { rows } from '../../core/reconcile/checks/rows.ts';
import type { Listings } from '../../core/reconcile/listings.ts';
import type { RepairServices } from '../../core/reconcile/repair.ts';
import type { StorePurchase, StorePurchases } from '../../core/stores/purchase.ts';
import { reflectionOf } from '../../core/stores/reflects.ts';
import { createSyncStores } from '../../core/stores/sync-stores.ts';
import { createAccountWorld, syncRequest } from '../support/account-world.ts';
import { DAY, item, T0 } from '../support/subscriptions.ts';

const monthly: StorePurchase = {
  id: 'rc_1',
  productId: 'monthly_pro',
  store: 'app_store',
  givesAccess: true,
  phase: 'paid',
  until: T0 + 30 * DAY,
  ends: false,
  billsAgain: true,
  manageUrl: null,
  features: [],
};
const forever = { ...monthly, phase: 'owned', until: null, billsAgain: false } as const;
const canceled = { ...monthly, ends: true, billsAgain: false } as const;
const given = { ...forever, store: 'promotional' } as const;
const refunded = { ...canceled, phase: 'over', givesAccess: false, until: T0 } as const;

/** Ann has an account, and RevenueCat says what she has bought. */
function scene() {
  const world = createAccountWorld();
  const { customerId } = world.addAccount('ann');
  const bought: StorePurchase[] = [];
  const reads: (() => Promise<void>)[] = [];
  const stores = {
    readPurchases: async (): Promise<StorePurchases> => {
      const answer = { known: true, purchases: [...bought], asOf: T0 };
      await reads.shift()?.();
      return answer;
    },
  };
  const syncStores = createSyncStores({ ...world.systems, stores, random: () => 0 });
  return {
    world,
    customerId,
    stores,
    syncStores,
    has: (...purchases: readonly StorePurchase[]) => {
      bought.splice(0, bought.length, ...purchases);
    },
    /** Runs once, between the moment of the next read and its answer. */
    duringRead: (run: () => Promise<void>) => reads.push(run),
    event: (id = 'rc_evt_1') => syncStores({ sub: 'ann', cause: { kind: 'store_event', id } }),
    byUser: () => syncStores({ sub: 'ann', cause: { kind: 'user', requestId: null } }),
    rowNow: () => world.dynamodb.entitlements.get('ann') ?? world.addRow('ann'),
  };
}

describe('A purchase that is transferred away', () => {
  it('gives no access by a sync that had read it before', async () => {
    const { has, duringRead, event, rowNow } = scene();
    has(monthly);
    duringRead(async () => {
      has();
      await event('rc_evt_2');
    });
    await event('rc_evt_1');
    expect(claimsOf(rowNow())).toEqual([]);
  });

  it('costs no write when users ask who have never bought anything', async () => {
    const { byUser, rowNow } = scene();
    const before = rowNow();
    expect(await byUser()).toEqual({ kind: 'unchanged' });
    expect(rowNow()).toBe(before);
  });
});

describe('The trial of the app', () => {
  const trial = { status: 'trialing', trialExpiresAt: T0 + 5 * DAY } as const;
  it.each<[string, StorePurchase, readonly ClaimSource[]]>([
    ['ends with a subscription in a store', monthly, ['revenuecat']],
    ['ends with one that is canceled at once', canceled, ['revenuecat']],
    ['ends with what is owned forever', forever, ['revenuecat']],
    ['continues next to what was given away', given, ['revenuecat', 'trial']],
    ['continues after a purchase that was over before', refunded, ['trial', 'revenuecat']],
  ])('%s', async (_, purchase, sources) => {
    const { world, has, event, rowNow } = scene();
    world.addRow('ann', { ...trial, fence: { version: undefined } });
    has(purchase);
    await event();
    expect(claimsOf(rowNow()).map(({ source }) => source)).toEqual(sources);
  });
});

it('Of equal claims, the same one decides, whichever source was read last', async () => {
  const { world, customerId, has, event, rowNow } = scene();
  const { items } = world.addSubscription({ id: 'sub_1', customerId });
  has({ ...monthly, until: items[0]?.periodEnd ?? null });
  const deciding = () => claimsOf(rowNow())[0]?.source;
  await world.sync(syncRequest(customerId));
  await event();
  expect(deciding()).toBe('stripe');
  await world.sync(syncRequest(customerId, { changedAt: null }));
  expect(deciding()).toBe('stripe');
});

describe('The comparison with RevenueCat', () => {
  it('finds that a store grants a day to a user that the row lets in for weeks', async () => {
    const { has, event, rowNow } = scene();
    has(monthly);
    await event();
    const inGrace = { known: true, purchases: [{ ...monthly, until: T0 - 1 }], asOf: T0 };
    expect(reflectionOf(rowNow(), inGrace, T0)).toBe('differs');
    has(...inGrace.purchases);
    await event();
    expect(reflectionOf(rowNow(), inGrace, T0)).toBe('shown');
    expect(reflectionOf(rowNow(), { ...inGrace, asOf: T0 + DAY - 1 }, T0 + DAY - 1)).toBe('ends_soon');
    expect(reflectionOf(rowNow(), { ...inGrace, asOf: T0 + DAY }, T0 + DAY)).toBe('differs');
  });

  it('comes before a period in Stripe that is over, which a sync may not repair, and holds up none', async () => {
    const { world, customerId, has, event, rowNow, stores, syncStores } = scene();
    const over = item({ periodStart: T0 - 31 * DAY, periodEnd: T0 - DAY });
    world.addSubscription({ id: 'sub_1', customerId, items: [over] });
    has(monthly);
    await world.sync(syncRequest(customerId));
    await event();
    const profile = await world.systems.profiles.read('ann');
    const repair = async (readPurchases = stores.readPurchases) => {
      const listings = {
        rows: async () => ({ items: [rowNow()], next: null }),
        profilesOf: async () => new Map([['ann', profile]]),
      } as Partial<Listings> as Listings;
      const { drifts } = await rows.scan({ listings, cursor: null, nowSeconds: T0 });
      expect(drifts.map(({ reason }) => reason)).toEqual(['period_expired']);
      const services = { ...world.systems, stores: { readPurchases }, syncStores, sync: world.sync };
      const plan = await drifts[0]?.plan(services as Partial<RepairServices> as RepairServices);
      return plan?.kind === 'repair' ? plan.run() : plan?.kind;
    };
    world.addSubscription({ id: 'sub_1', customerId, items: [over], cancelAtPeriodEnd: true });
    // Stripe has something to repair, and RevenueCat has not.
    expect(await repair()).toBe('synced');
    has(refunded);
    expect(await repair(() => Promise.reject(new Error('RevenueCat does not answer.')))).toBe('unchanged');
    const inStore = () => claimsOf(rowNow()).find(({ source }) => source === 'revenuecat')?.status;
    expect(inStore()).toBe('active');
    expect(await repair()).toBe('synced');
    expect(inStore()).toBe('canceled');
  });
});
