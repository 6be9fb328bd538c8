/** What the deletion of an account makes of purchases in stores, which no server can end. */
import { describe, expect, it } from 'vitest';
import { createDeleteAccount } from '../../core/account/delete-account.ts';
import { readContinuingBilling } from '../../core/stores/continuing-billing.ts';
import { endOwnStoreCustomer } from '../../core/stores/own-store-customer.ts';
import { createSyncStores } from '../../core/stores/sync-stores.ts';
import { createAccountWorld, POOL_ID } from '../support/account-world.ts';
import { purchase, withoutIds } from '../support/purchases.ts';
import { createStoreWorld, storeOutage } from '../support/store-world.ts';
import { DAY, T0 } from '../support/subscriptions.ts';

const monthly = purchase({ until: T0 + 20 * DAY, manageUrl: 'https://store.example.com' });
const canceled = purchase({ id: 'sub2', ends: true, billsAgain: false });
const paused = purchase({ id: 'sub3', store: 'play_store', givesAccess: false, phase: 'paused', until: T0 });
const promised = purchase({ id: 'sub4', store: 'promotional', manageUrl: null });
const unknown = purchase({ id: 'sub5', store: null, until: null, givesAccess: false, phase: 'paused' });

/** Ann has an account, and RevenueCat knows her. */
function scene() {
  const world = createAccountWorld();
  const { sub } = world.addAccount('ann');
  const revenuecat = createStoreWorld();
  revenuecat.has('ann');
  const { stores } = revenuecat;
  const syncStores = createSyncStores({ ...world.systems, stores, random: () => 0 });
  const deleteAccount = createDeleteAccount({ ...world.systems, stores });
  return {
    world,
    sub,
    revenuecat,
    sync: () => syncStores({ sub, cause: { kind: 'store_event', id: 'rc_evt_1' } }),
    deletion: () => deleteAccount({ poolId: POOL_ID, sub, username: sub, requested: true }),
    continuing: () => readContinuingBilling({ ...world.systems, stores }, sub),
  };
}

const appStore = {
  source: 'app_store',
  manageUrl: 'https://store.example.com',
  until: T0 + 20 * DAY,
};

describe('The billing that continues', () => {
  it('is what RevenueCat says may bill again, without reading the row', async () => {
    const { world, revenuecat, continuing } = scene();
    revenuecat.has('ann', monthly, canceled, paused, promised, unknown);
    expect(await continuing()).toEqual([
      appStore,
      { source: 'play_store', manageUrl: paused.manageUrl, until: T0 },
      { source: null, manageUrl: null, until: promised.until },
      { source: null, manageUrl: unknown.manageUrl, until: null },
    ]);
    expect([world.calls, world.logs]).toEqual([[], []]);
  });

  it('is what the row shows while RevenueCat does not answer, which is logged', async () => {
    const { world, revenuecat, sync, continuing } = scene();
    revenuecat.has('ann', monthly, canceled, paused, promised);
    await sync();
    revenuecat.failing.add('ann');
    const shown = await continuing();
    expect(shown).toHaveLength(3);
    expect(shown).toContainEqual(appStore);
    expect(shown).toContainEqual({ source: 'play_store', manageUrl: paused.manageUrl, until: T0 });
    expect(shown).toContainEqual({ source: null, manageUrl: null, until: promised.until });
    expect(world.logs).toMatchObject([{ level: 'warn', cause: storeOutage }]);
    expect(world.logs[0]?.fields).toEqual({ metric: 'stores_unread', user_id: 'ann' });
  });

  it('is none for a user without a row while RevenueCat does not answer', async () => {
    const { world, revenuecat, continuing } = scene();
    world.dynamodb.entitlements.delete('ann');
    revenuecat.failing.add('ann');
    expect(await continuing()).toEqual([]);
  });

  it('is none of which other code has removed the id from the row', async () => {
    const { world, sub, revenuecat, sync, continuing } = scene();
    revenuecat.has('ann', monthly);
    await sync();
    const row = world.dynamodb.entitlements.get(sub) ?? world.addRow(sub);
    world.addRow(sub, { ...row, claims: withoutIds(row.claims) });
    revenuecat.failing.add('ann');
    expect(await continuing()).toEqual([]);
  });

  it('is none without an app in a store', async () => {
    const { world } = scene();
    expect(await readContinuingBilling(world.systems, 'ann')).toEqual([]);
    expect(world.calls).toEqual([]);
  });
});

describe('A deletion', () => {
  it('says which stores go on billing, and deletes the customer after all but the profile', async () => {
    const { world, revenuecat, deletion } = scene();
    revenuecat.has('ann', monthly, canceled);
    world.once('before', 'mark profile for deletion', () => expect(revenuecat.calls).toEqual([]));
    world.once('after', 'delete user', () => expect(revenuecat.calls).toEqual(['read ann']));
    world.once('before', 'remove profile', () => expect(revenuecat.isKnown('ann')).toBe(false));
    expect(await deletion()).toEqual({ kind: 'deleted', billingContinues: [appStore] });
    expect(revenuecat.calls).toEqual(['read ann', 'aliases ann', 'delete ann']);
    expect(world.calls.at(-1)).toBe('remove profile');
  });

  it('without an app in a store says that none goes on', async () => {
    const { world, sub } = scene();
    const result = await world.deleteAccount({ poolId: POOL_ID, sub, username: sub, requested: true });
    expect(result).toEqual({ kind: 'deleted', billingContinues: [] });
  });

  it('of an account that is gone asks RevenueCat nothing', async () => {
    const { world, revenuecat, sub } = scene();
    world.dynamodb.profiles.delete(sub);
    const deleteAccount = createDeleteAccount({ ...world.systems, stores: revenuecat.stores });
    const request = { poolId: POOL_ID, sub, username: sub, requested: true, resumes: true } as const;
    expect(await deleteAccount(request)).toEqual({ kind: 'deleted_before', billingContinues: [] });
    expect(revenuecat.calls).toEqual([]);
  });

  it('ends everything else while RevenueCat does not answer, and its repetition the rest', async () => {
    const { world, revenuecat, deletion } = scene();
    revenuecat.has('ann', monthly);
    revenuecat.failing.add('ann');
    await expect(deletion()).rejects.toBe(storeOutage);
    expect(world.dynamodb.entitlements.has('ann')).toBe(false);
    expect(world.cognito.users.size).toBe(0);
    expect(world.dynamodb.profiles.get('ann')?.deletion).not.toBeNull();
    revenuecat.failing.clear();
    expect(await deletion()).toEqual({ kind: 'deleted', billingContinues: [appStore] });
    expect(world.dynamodb.profiles.has('ann')).toBe(false);
  });
});

describe('The customer at RevenueCat', () => {
  it.each<[string, readonly string[], boolean]>([
    ['is deleted with its only user', ['ann'], true],
    [
      'is deleted if its other ids are of no user',
      ['$RCAnonymousID:1', 'ann', 'installation#adoption'],
      true,
    ],
    ['is deleted if the other users have no rows', ['ann', 'cem'], true],
    ['is kept for another user with a row', ['ann', 'cem', 'ben'], false],
  ])('%s', async (_, aliases, isDeleted) => {
    const { world, revenuecat, deletion } = scene();
    world.addAccount('ben');
    // Items that belong to no user are stored next to the rows.
    world.addRow('installation#adoption');
    revenuecat.aliases.set('ann', aliases);
    await deletion();
    expect(revenuecat.isKnown('ann')).toBe(!isDeleted);
    expect(world.logs.map(({ level, fields }) => [level, fields])).toEqual(
      isDeleted ? [] : [['warn', { metric: 'store_customer_shared', user_id: 'ann' }]],
    );
  });

  it('is deleted whether or not the row of its own user remains', async () => {
    const { world, sub, revenuecat } = scene();
    const services = { ...world.systems, stores: revenuecat.stores };
    const evidence = { ownership: 'own', basis: { kind: 'requested' } } as const;
    await endOwnStoreCustomer(services, { sub, evidence });
    expect(revenuecat.isKnown('ann')).toBe(false);
  });
});
