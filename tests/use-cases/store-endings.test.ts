/** The gate makes RevenueCat forget that it ends, and finishes what a deletion has left on record. */
import { describe, expect, it } from 'vitest';
import { createDeleteAccount } from '../../core/account/delete-account.ts';
import { endingLine, readEndingLine } from '../../core/gate/ending.ts';
import { createGate } from '../../core/gate/gate.ts';
import { checkOf } from '../../core/reconcile/checks/index.ts';
import type { RepairServices } from '../../core/reconcile/repair.ts';
import { repairDrift } from '../../core/reconcile/repair-drift.ts';
import type { PendingRemoval } from '../../core/stores/pending-removal.ts';
import { statementOf } from '../../core/stores/sync-stores.ts';
import { purchase, purchasesOf } from '../support/purchases.ts';
import { createReconcileWorld, HOUR } from '../support/reconcile-world.ts';
import { createStoreWorld, storeOutage, storeRefusal } from '../support/store-world.ts';
import { DAY, T0 } from '../support/subscriptions.ts';

const { claims } = statementOf(undefined, purchasesOf(purchase()), T0);

/** RevenueCat knows Ann, that Cognito does not know. */
function scene() {
  const world = createReconcileWorld();
  const revenuecat = createStoreWorld();
  revenuecat.has('ann', purchase());
  const systems = { ...world.systems, stores: revenuecat.stores };
  const gate = createGate({ ...systems, deleteAccount: createDeleteAccount(systems) });
  const services = { ...world.services, ...systems, syncStores: null, gate };
  const { removals } = world.dynamodb;
  return {
    world,
    revenuecat,
    gate,
    record: (fields: Partial<PendingRemoval> = {}): void => {
      removals.set('ann', { sub: 'ann', since: T0, requested: true, expected: false, ...fields });
    },
    removal: () => removals.get('ann'),
    /** What the check of the rows makes of the record. */
    repair: async (changes: Partial<RepairServices> = {}) => {
      const request = { listings: services.listings, cursor: null, nowSeconds: world.nowSeconds() };
      const { drifts } = await checkOf('rows').scan(request);
      const [drift] = drifts.filter(({ reason }) => reason === 'store_customer_remains');
      return drift && repairDrift({ ...services, ...changes }, drift, { reportsOnly: false });
    },
  };
}

const ending = { kind: 'store_customer', sub: 'ann' } as const;

describe('The ending of a row without a profile', () => {
  function lone(fields = {}) {
    const parts = scene();
    const { world } = parts;
    const customerId = world.addCustomer('ann');
    world.addRow('ann', { customerIds: [customerId], claims, ...fields });
    world.advance(2 * HOUR);
    return parts;
  }

  it('makes RevenueCat forget the user once the row is removed, and says so', async () => {
    const { world, revenuecat, gate, removal } = lone();
    world.once('before', 'remove entitlement', () => expect(removal()).toMatchObject({ requested: false }));
    world.once('after', 'remove entitlement', () => expect(revenuecat.isKnown('ann')).toBe(true));
    expect(await gate.end({ kind: 'row', sub: 'ann' })).toEqual({
      kind: 'ended',
      actions: ['customer_deleted', 'row_removed', 'store_customer_deleted'],
    });
    expect([revenuecat.isKnown('ann'), removal()]).toEqual([false, undefined]);
  });

  it('is complete while RevenueCat does not answer, and leaves a record that needs the proof again', async () => {
    const { world, revenuecat, gate, repair, removal } = lone();
    revenuecat.failing.add('ann');
    const actions = ['customer_deleted', 'row_removed'];
    expect(await gate.end({ kind: 'row', sub: 'ann' })).toEqual({ kind: 'ended', actions });
    expect(world.dynamodb.entitlements.has('ann')).toBe(false);
    expect(removal()).toMatchObject({ requested: false, expected: true });
    revenuecat.failing.clear();
    // What no one requested is collected, and counted against the deletion limit.
    const repaired = await repair();
    expect(repaired).toEqual({ findings: [], endings: [expect.objectContaining({ ending })] });
    world.addUser('ann');
    expect(await gate.end(ending)).toEqual({ kind: 'refused', reason: 'user_exists' });
    expect(revenuecat.isKnown('ann')).toBe(true);
    world.cognito.users.clear();
    expect(await gate.end(ending)).toEqual({ kind: 'ended', actions: ['store_customer_deleted'] });
    expect([revenuecat.isKnown('ann'), removal()]).toEqual([false, undefined]);
  });

  it('does not take a RevenueCat that does not know the user for one that has forgotten a purchase of the row', async () => {
    const { revenuecat, gate, removal } = lone();
    revenuecat.forget('ann');
    expect(await gate.end({ kind: 'row', sub: 'ann' })).toMatchObject({ kind: 'ended' });
    expect(removal()).toMatchObject({ expected: true });
    expect(await gate.end(ending)).toEqual({ kind: 'needs_review' });
    expect(removal()).toBeDefined();
  });

  it('records that RevenueCat knows the user before the deletion, whose answer may be lost', async () => {
    const { revenuecat, gate, removal } = lone();
    revenuecat.refusing.add('delete ann');
    await gate.end({ kind: 'row', sub: 'ann' });
    expect(removal()).toMatchObject({ expected: false });
    revenuecat.refusing.clear();
    revenuecat.forget('ann');
    expect(await gate.end(ending)).toEqual({ kind: 'unchanged' });
    expect(removal()).toBeUndefined();
  });

  it('changes nothing at RevenueCat if the row is written in between', async () => {
    const { world, revenuecat, gate } = lone({ claims: [] });
    world.once('before', 'remove entitlement', () => world.addRow('ann', { fence: { version: 2 } }));
    await expect(gate.end({ kind: 'row', sub: 'ann' })).rejects.toMatchObject({
      details: { code: 'contention' },
    });
    expect(revenuecat.calls).toEqual([]);
  });

  it('asks RevenueCat nothing where no app is in a store', async () => {
    const { world } = lone();
    const gate = createGate({ ...world.systems, deleteAccount: null });
    expect(await gate.end({ kind: 'row', sub: 'ann' })).toMatchObject({
      actions: ['customer_deleted', 'row_removed'],
    });
    expect(world.dynamodb.removals.size).toBe(0);
  });
});

describe('The ending of a customer without records', () => {
  it('makes RevenueCat forget the user, with the same proof', async () => {
    const { world, revenuecat, gate, removal } = scene();
    const customerId = world.addCustomer('ann');
    world.advance(2 * HOUR);
    world.addUser('ann');
    expect(await gate.end({ kind: 'customer', sub: 'ann', customerId })).toMatchObject({ kind: 'refused' });
    expect([revenuecat.calls, removal()]).toEqual([[], undefined]);
    world.cognito.users.clear();
    world.once('before', 'delete customer', () => expect(removal()).toBeDefined());
    expect(await gate.end({ kind: 'customer', sub: 'ann', customerId })).toEqual({
      kind: 'ended',
      actions: ['customer_deleted', 'store_customer_deleted'],
    });
    expect([revenuecat.isKnown('ann'), removal()]).toEqual([false, undefined]);
  });
});

describe('The record of what RevenueCat still has', () => {
  it('of a request is finished at once, and needs no other proof', async () => {
    const { world, revenuecat, record, removal, repair } = scene();
    record();
    const outcome = 'store_customer_deleted';
    expect(await repair()).toMatchObject({ findings: [{ outcome, sub: 'ann' }], endings: [] });
    expect([revenuecat.isKnown('ann'), removal(), world.installation.endings.size]).toEqual([
      false,
      undefined,
      0,
    ]);
    expect(await repair()).toBeUndefined();
  });

  it('is reported as failed while RevenueCat does not answer, and to an operator after three days', async () => {
    const { world, revenuecat, record, removal, repair } = scene();
    record();
    revenuecat.failing.add('ann');
    expect(await repair()).toMatchObject({ findings: [{ outcome: 'failed' }] });
    expect(world.metrics()).toEqual(['store_removal_pending', 'reconcile_failed']);
    expect(world.logs.map(({ cause }) => cause)).toEqual([storeOutage, storeOutage]);
    world.advance(3 * DAY - 1);
    await repair();
    expect(world.metrics().slice(2)).toEqual(['store_removal_pending', 'reconcile_failed']);
    world.advance(1);
    await repair();
    expect(world.metrics().slice(4)).toEqual(['store_removal_stuck', 'reconcile_failed']);
    expect(removal()).toMatchObject({ since: T0 });
  });

  it.each(['aliases ann', 'delete ann'])(
    'is left to a person if RevenueCat refuses the call %s',
    async (call) => {
      const { world, revenuecat, record, removal, repair } = scene();
      record();
      revenuecat.refusing.add(call);
      expect(await repair()).toMatchObject({ findings: [{ outcome: 'needs_review' }] });
      expect(world.logs).toMatchObject([
        { level: 'error', fields: { metric: 'store_removal_stuck' }, cause: storeRefusal },
      ]);
      expect(removal()).toBeDefined();
    },
  );

  it('is left to a person where no app is in a store any more', async () => {
    const { record, removal, repair } = scene();
    record();
    expect(await repair({ stores: null })).toMatchObject({ findings: [{ outcome: 'needs_review' }] });
    expect(removal()).toBeDefined();
  });

  it('waits while a profile or a row names the user: the deletion is not finished', async () => {
    const { world, revenuecat, record, removal, gate, repair } = scene();
    record();
    world.addProfile('ann');
    expect(await repair()).toEqual({ findings: [], endings: [] });
    expect(await gate.end(ending)).toEqual({ kind: 'unchanged' });
    world.dynamodb.profiles.clear();
    world.addRow('ann');
    expect(await repair()).toEqual({ findings: [], endings: [] });
    expect(await gate.end(ending)).toEqual({ kind: 'unchanged' });
    expect([revenuecat.calls, removal()?.sub]).toEqual([[], 'ann']);
  });

  it('that is gone by the time of the ending changes nothing', async () => {
    const { revenuecat, gate } = scene();
    expect(await gate.end(ending)).toEqual({ kind: 'unchanged' });
    expect(revenuecat.calls).toEqual([]);
  });

  it('proves nothing without a pool, unless the user requested the deletion', async () => {
    const { world, revenuecat, record } = scene();
    const services = { ...world.systems, stores: revenuecat.stores, deleteAccount: null, poolId: null };
    record({ requested: false });
    expect(await createGate(services).end(ending)).toEqual({ kind: 'refused', reason: 'not_proven_ours' });
    expect(revenuecat.calls).toEqual([]);
  });

  it('keeps the customer for another user, and is then done', async () => {
    const { world, revenuecat, record, removal, gate } = scene();
    world.addAccount('ben');
    revenuecat.aliases.set('ann', ['ann', 'ben']);
    record();
    expect(await gate.end(ending)).toEqual({ kind: 'unchanged' });
    expect([revenuecat.isKnown('ann'), removal()]).toEqual([true, undefined]);
  });

  it('is an ending that an operator can read and approve', () => {
    expect(endingLine(ending)).toBe('store_customer ann');
    expect(readEndingLine('store_customer ann')).toEqual(ending);
    expect(readEndingLine('store_customer ann cus_1')).toBeUndefined();
  });
});
