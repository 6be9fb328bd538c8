import { describe, expect, it } from 'vitest';
import type { SubscriptionReader } from '../../core/billing/billing.ts';
import { emptyState } from '../../core/entitlement/row.ts';
import { accessStateOf } from '../../core/entitlement/state-fields.ts';
import { createSync } from '../../core/sync/sync.ts';
import type { SyncRequest } from '../../core/sync/sync-request.ts';
import { Fault } from '../../core/system/fault.ts';
import {
  type AccountWorld,
  createAccountWorld,
  OTHER_POOL_ID,
  syncRequest,
} from '../support/account-world.ts';
import { DAY, item, T0 } from '../support/subscriptions.ts';

/** A user with two customers, both in the row, and a sync whose answers of Stripe a test can replace. */
function scene() {
  const world = createAccountWorld();
  const { sub, customerId: first } = world.addAccount('ann');
  const second = world.addCustomer(sub);
  world.addRow(sub, { customerIds: [first, second] });
  return {
    world,
    sub,
    first,
    second,
    rowNow: () => world.dynamodb.entitlements.get(sub),
    syncWith: (billing: Partial<SubscriptionReader>, fields: Partial<SyncRequest> = {}) =>
      syncOf(world, billing)(syncRequest(first, { sub, ...fields })),
  };
}

function syncOf({ systems, owners }: AccountWorld, billing: Partial<SubscriptionReader>) {
  return createSync({ ...systems, billing: { ...systems.billing, ...billing }, owners, random: () => 0 });
}

const callsOf = (world: AccountWorld, name: string) => world.calls.filter((call) => call === name).length;

describe('The customers of one user', () => {
  it('count together: an event of one never removes what another pays for', async () => {
    const { world, sub, first, second, rowNow } = scene();
    world.addRow(sub, { customerIds: [first] });
    world.addSubscription({ id: 'sub_1', customerId: first });
    world.addSubscription({ id: 'sub_2', customerId: second, status: 'canceled' });
    await world.sync(syncRequest(second));
    expect(rowNow()).toMatchObject({
      status: 'active',
      subscriptionId: 'sub_1',
      customerIds: [first, second],
    });
  });

  it('include the one of the profile, from the first sync on', async () => {
    const { world, sub, first, second, rowNow } = scene();
    world.addRow(sub, { customerIds: [] });
    world.addSubscription({ id: 'sub_1', customerId: first });
    await world.sync(syncRequest(second));
    expect(rowNow()).toMatchObject({ status: 'active', customerIds: [first, second] });
    world.addProfile('ben', null);
    const third = world.addCustomer('ben');
    await world.sync(syncRequest(third));
    expect(world.dynamodb.entitlements.get('ben')).toMatchObject({ status: 'none', customerIds: [third] });
  });

  it('share their features, sorted and each once, which only those with a live subscription are asked for', async () => {
    const { world, sub, first, second, rowNow } = scene();
    const third = world.addCustomer(sub);
    world.addRow(sub, { customerIds: [first, second, third] });
    const items = (...ids: string[]) => ids.map((priceId) => item({ id: priceId, priceId }));
    world.addSubscription({ id: 'sub_1', customerId: first, items: items('b', 'd') });
    world.addSubscription({ id: 'sub_2', customerId: first, items: items('d'), status: 'trialing' });
    world.addSubscription({ id: 'sub_3', customerId: second, items: items('a', 'b') });
    world.addSubscription({ id: 'sub_4', customerId: third, items: items('e'), status: 'canceled' });
    await world.sync(syncRequest(first, { sub }));
    expect(rowNow()?.features).toEqual(['feature_of_a', 'feature_of_b', 'feature_of_d']);
    expect(callsOf(world, 'list subscriptions')).toBe(3);
    expect(callsOf(world, 'list features')).toBe(2);
  });

  it('have unknown features if the key may not read those of one, which is reported', async () => {
    const { world, first, second, rowNow, syncWith } = scene();
    world.addSubscription({ id: 'sub_1', customerId: first });
    world.addSubscription({ id: 'sub_2', customerId: second });
    const listFeatures = async (id: string) => (id === first ? ['pro'] : ('unavailable' as const));
    await syncWith({ listFeatures });
    expect(rowNow()).toMatchObject({ status: 'active', features: null });
    expect(world.logs).toMatchObject([{ level: 'warn' }]);
    expect(world.logs[0]?.fields).toEqual({ metric: 'features_unavailable', event_id: 'evt_1' });
    await syncWith({ listFeatures }, { cause: { kind: 'reconcile' } });
    expect(world.logs[1]?.fields).toEqual({ metric: 'features_unavailable', event_id: undefined });
  });

  it.each<[readonly (number | null)[], number | null]>([
    [[T0 + 5, T0 + 3], T0 + 3],
    [[T0 + 3, T0 + 5], T0 + 3],
    [[T0 + 5, null], null],
    [[null, T0 + 5], null],
  ])('answered at %j, so the row includes every change up to %j', async (times, syncedAt) => {
    const { world, first, rowNow, syncWith } = scene();
    world.addSubscription({ id: 'sub_1', customerId: first });
    const listSubscriptions = async (id: string) => {
      const list = await world.systems.billing.listSubscriptions(id);
      return list === 'missing' ? list : { ...list, asOf: times[id === first ? 0 : 1] ?? null };
    };
    await syncWith({ listSubscriptions }, { changedAt: T0 + 1 });
    expect(rowNow()?.syncedAt).toBe(syncedAt);
    expect(rowNow()?.history).toMatchObject([{ at: syncedAt ?? T0 + 1, by: 'evt_1' }]);
  });
});

describe('A change in answers without a time', () => {
  it.each<[number | null, readonly number[], number | null]>([
    [T0 + 9, [T0 + 5], T0 + 9],
    [T0 + 1, [T0 + 5], T0 + 5],
    [null, [T0 + 3, T0 + 4, T0 + 5], T0 + 5],
    [T0 + 1, [], T0 + 1],
    [null, [], null],
  ])('is as late as the event (%j) or the last change before (%j): %j', async (changedAt, times, at) => {
    const { world, sub, first, rowNow, syncWith } = scene();
    const entry = { by: 'evt_0', before: { status: 'none', plan: null }, after: accessStateOf(emptyState) };
    const history = times.map((time) => ({ ...entry, at: time }));
    world.addRow(sub, { customerIds: [first], history });
    world.addSubscription({ id: 'sub_1', customerId: first });
    const listSubscriptions = async (id: string) => {
      const list = await world.systems.billing.listSubscriptions(id);
      return list === 'missing' ? list : { ...list, asOf: null };
    };
    await syncWith({ listSubscriptions }, { changedAt });
    expect(rowNow()?.history.slice(times.length)).toMatchObject([{ at, by: 'evt_1' }]);
  });
});

describe('A customer that Stripe does not list', () => {
  it('fails the sync if it never existed, because the key then belongs to another account', async () => {
    const { world, sub, rowNow } = scene();
    const row = world.addRow(sub, { status: 'active', customerIds: ['cus_unknown'] });
    await expect(world.sync(syncRequest('cus_unknown', { sub }))).rejects.toMatchObject({
      details: {
        code: 'refused',
        system: 'stripe',
        operation: 'list subscriptions',
        reason: 'customer_not_in_account',
      },
    });
    expect(rowNow()).toEqual(row);
  });

  it('counts as one without subscriptions if it is deleted', async () => {
    const { world, sub, first, rowNow, syncWith } = scene();
    world.addRow(sub, { status: 'active', stripeStatus: 'active', customerIds: [first] });
    await world.systems.billing.deleteCustomer(first);
    const listSubscriptions = async () => 'missing' as const;
    expect(await syncWith({ listSubscriptions })).toMatchObject({ kind: 'written', status: 'none' });
    expect(rowNow()).toMatchObject({ status: 'none', syncedAt: null, customerIds: [first] });
    expect(rowNow()?.history).toMatchObject([{ at: T0, by: 'evt_1' }]);
  });

  it('is not looked up if the event itself reports its deletion', async () => {
    const { world, sub } = scene();
    world.addRow(sub, { status: 'active', stripeStatus: 'active', customerIds: ['cus_gone'] });
    const request = syncRequest('cus_gone', { sub, customerDeleted: true });
    expect(await world.sync(request)).toMatchObject({ kind: 'written', status: 'none' });
    expect(world.calls).not.toContain('retrieve customer');
  });

  it('does not fail the sync if the event is about another customer', async () => {
    const { world, sub, first, rowNow } = scene();
    world.addRow(sub, { customerIds: ['cus_gone', first] });
    world.addSubscription({ id: 'sub_1', customerId: first });
    expect(await world.sync(syncRequest(first, { sub }))).toMatchObject({ status: 'active' });
    expect(rowNow()).toMatchObject({ syncedAt: T0, customerIds: ['cus_gone', first] });
    expect(world.calls).not.toContain('retrieve customer');
  });
});

describe('A customer in the row that names another user by now', () => {
  function contradiction() {
    const all = scene();
    all.world.addProfile('ben', null);
    all.world.addRow('ben');
    const foreign = all.world.addCustomer('ben', OTHER_POOL_ID);
    all.world.addSubscription({ id: 'sub_1', customerId: foreign });
    all.world.addRow(all.sub, { customerIds: [foreign, all.first] });
    const reported = {
      metric: 'owner_contradiction',
      event_id: 'evt_1',
      customer_id: foreign,
      user_id: 'ben',
      other_user_id: all.sub,
      other_source: 'row',
    };
    return { ...all, foreign, reported, rowOf: (sub: string) => all.world.dynamodb.entitlements.get(sub) };
  }

  it('is left out of the row and reported, and its event is applied to the user that it names', async () => {
    const { world, sub, first, foreign, reported, rowOf } = contradiction();
    const written = { kind: 'written', sub: 'ben', status: 'active', attempts: 2 };
    expect(await world.sync(syncRequest(foreign, { sub }))).toEqual(written);
    expect(rowOf(sub)).toMatchObject({ status: 'none', features: [], customerIds: [first] });
    expect(rowOf('ben')).toMatchObject({ status: 'active', customerIds: [foreign] });
    expect(world.logs.map(({ fields }) => fields)).toEqual([reported]);
    expect([...world.owners]).toEqual([[foreign, 'ben']]);
  });

  it('changes only this row if the event is about another customer', async () => {
    const { world, sub, first, reported, rowOf } = contradiction();
    const written = { kind: 'written', sub, status: 'none', attempts: 1 };
    expect(await world.sync(syncRequest(first, { sub }))).toEqual(written);
    expect(rowOf(sub)).toMatchObject({ status: 'none', features: [], customerIds: [first] });
    expect(rowOf('ben')).toMatchObject({ status: 'none', customerIds: [] });
    expect(world.logs.map(({ fields }) => fields)).toEqual([reported]);
  });

  it('is one of at most twenty former ones that the row keeps', async () => {
    const { world, sub, first, foreign, rowOf } = contradiction();
    const former = Array.from({ length: 20 }, (_, index) => `cus_former_${index + 1}`);
    world.addRow(sub, { customerIds: [foreign, first], formerCustomerIds: former });
    await world.sync(syncRequest(first, { sub }));
    expect(rowOf(sub)?.formerCustomerIds).toEqual([...former.slice(1), foreign]);
  });

  it.each(['profile', 'row'])('is reported with the record that names it: the %s', async (source) => {
    const { world, sub, first, foreign, reported } = contradiction();
    world.addProfile(sub, source === 'profile' ? foreign : first);
    world.addRow(sub, { customerIds: [foreign, first], provisional: true });
    await world.sync(syncRequest(first, { sub }));
    expect(world.logs.map(({ fields }) => fields)).toEqual([{ ...reported, other_source: source }]);
  });
});

describe('A subscription that this version cannot read', () => {
  it('gives no access in an unknown status, and raises an alarm', async () => {
    const { world, sub, first, rowNow } = scene();
    world.addSubscription({ id: 'sub_1', customerId: first, status: 'dormant' });
    expect(await world.sync(syncRequest(first, { sub }))).toMatchObject({ kind: 'written', status: 'none' });
    expect(rowNow()).toMatchObject({ status: 'none', stripeStatus: 'dormant' });
    expect(world.logs).toMatchObject([{ level: 'error' }]);
    expect(world.logs[0]?.fields).toEqual({
      metric: 'unknown_status',
      event_id: 'evt_1',
      subscription_id: 'sub_1',
      stripe_status: 'dormant',
    });
  });

  const missingPeriod = { metric: 'missing_period', event_id: 'evt_1', subscription_id: 'sub_1' };

  it('fails the sync with an alarm if its item has no period', async () => {
    const { world, sub, first, rowNow } = scene();
    const before = rowNow();
    world.addSubscription({ id: 'sub_1', customerId: first, items: [item({ periodEnd: null })] });
    await expect(world.sync(syncRequest(first, { sub }))).rejects.toMatchObject({
      details: { code: 'unknown_shape', system: 'stripe', operation: 'read subscription' },
    });
    expect(rowNow()).toEqual(before);
    expect(world.logs).toMatchObject([{ level: 'error' }]);
    expect(world.logs[0]?.fields).toEqual(missingPeriod);
  });

  it('only raises an alarm if it has no items', async () => {
    const { world, sub, first, rowNow } = scene();
    world.addSubscription({ id: 'sub_1', customerId: first, items: [] });
    expect(await world.sync(syncRequest(first, { sub }))).toMatchObject({
      kind: 'written',
      status: 'active',
    });
    expect(rowNow()).toMatchObject({ plan: null, currentPeriodEnd: null });
    expect(world.logs.map(({ fields }) => fields)).toEqual([missingPeriod]);
  });
});

describe('Features that cannot be read for now', () => {
  const failing = () => {
    const all = scene();
    all.world.addSubscription({ id: 'sub_1', customerId: all.first });
    const fault = new Fault({ code: 'unavailable', system: 'stripe', operation: 'list features' });
    const broken = {
      listFeatures: async () => {
        throw fault;
      },
    };
    return { ...all, fault, broken };
  };

  it('do not keep a user out who has just paid, and are asked for again with the next delivery', async () => {
    const { world, sub, first, rowNow, syncWith, fault, broken } = failing();
    world.addRow(sub, { customerIds: [first], features: ['old'], syncedAt: T0 - 60 });
    await expect(syncWith(broken)).rejects.toBe(fault);
    expect(rowNow()).toMatchObject({
      status: 'active',
      features: ['old'],
      syncedAt: null,
      featuresUnread: true,
    });
    expect(await syncWith({})).toMatchObject({ kind: 'written' });
    expect(rowNow()).toMatchObject({ features: ['feature_of_price_base'], syncedAt: T0 });
  });

  it('do not fail the sync that the user requested', async () => {
    const { rowNow, syncWith, broken } = failing();
    const cause = { kind: 'user', requestId: null } as const;
    expect(await syncWith(broken, { cause, changedAt: null })).toMatchObject({ kind: 'written' });
    expect(rowNow()).toMatchObject({ status: 'active', features: null, syncedAt: null });
  });

  it('are no reason to write over a defect', async () => {
    const { rowNow, syncWith } = failing();
    const listFeatures = async () => {
      throw new TypeError('a defect');
    };
    const before = rowNow();
    await expect(syncWith({ listFeatures })).rejects.toThrow('a defect');
    expect(rowNow()).toEqual(before);
  });
});

describe('The reversal of a payment', () => {
  function paying() {
    const all = scene();
    const { world, sub, first } = all;
    const bought = world.addSubscription({ id: 'sub_1', customerId: first });
    world.stripe.reversals.set(`sub_1/${T0 + 30 * DAY}`, 'refunded');
    const active = { status: 'active', stripeStatus: 'active', currentPeriodEnd: T0 + 30 * DAY };
    const known = { ...active, subscriptionId: 'sub_1', customerIds: [first] };
    const sync = (fields: Partial<SyncRequest>) => world.sync(syncRequest(first, { sub, ...fields }));
    return { ...all, bought, known, sync, reads: () => callsOf(world, 'read reversal') };
  }

  it('is read for a refund, and kept for its period without being read again', async () => {
    const { world, sub, rowNow, known, sync, reads } = paying();
    world.addRow(sub, known);
    await sync({});
    expect(rowNow()?.reversal).toBeNull();
    expect(reads()).toBe(0);
    await sync({ includesReversal: true });
    expect(rowNow()?.reversal).toBe('refunded');
    world.advance(60);
    await sync({ changedAt: T0 + 60 });
    expect(rowNow()?.reversal).toBe('refunded');
    expect(reads()).toBe(1);
  });

  it('is read for add-ons alone, which are no plan', async () => {
    const { world, bought, rowNow, sync } = paying();
    world.addSubscription({ ...bought, items: [item({ role: 'add_on' })] });
    await sync({ includesReversal: true });
    expect(rowNow()).toMatchObject({ plan: null, reversal: 'refunded' });
  });

  it('is read if another subscription decides now, but not for the first one', async () => {
    const { world, sub, first, rowNow, known, sync, reads } = paying();
    world.addRow(sub, { customerIds: [first] });
    await sync({});
    expect(rowNow()?.reversal).toBeNull();
    expect(reads()).toBe(0);
    world.addRow(sub, { ...known, subscriptionId: 'sub_0' });
    await sync({});
    expect(rowNow()?.reversal).toBe('refunded');
    expect(reads()).toBe(1);
  });

  it('is read again for no particular change if the row has one', async () => {
    const { world, sub, rowNow, known, sync, reads } = paying();
    world.addRow(sub, { ...known, reversal: 'dispute_open' });
    await sync({});
    expect(rowNow()?.reversal).toBe('dispute_open');
    expect(reads()).toBe(0);
    await sync({ changedAt: null });
    expect(rowNow()?.reversal).toBe('refunded');
    expect(reads()).toBe(1);
    world.addRow(sub, known);
    await sync({ changedAt: null });
    expect(rowNow()?.reversal).toBeNull();
    expect(reads()).toBe(1);
  });

  it('is not read for a new row, except for a refund', async () => {
    const { world, sub, rowNow, sync, reads } = paying();
    world.dynamodb.entitlements.delete(sub);
    await sync({});
    expect(rowNow()?.reversal).toBeNull();
    expect(reads()).toBe(0);
    world.dynamodb.entitlements.delete(sub);
    await sync({ includesReversal: true });
    expect(rowNow()?.reversal).toBe('refunded');
  });

  it('does not matter after the subscription has ended', async () => {
    const { world, sub, rowNow, bought, known, sync, reads } = paying();
    world.addRow(sub, known);
    world.stripe.subscriptions.set('sub_1', { ...bought, status: 'canceled' });
    await sync({ includesReversal: true });
    expect(rowNow()).toMatchObject({ status: 'canceled', subscriptionId: 'sub_1', reversal: null });
    expect(reads()).toBe(0);
  });
});
