/** What the deletion of an account makes of purchases in stores, which no server can end. */
import { describe, expect, it } from 'vitest';
import { createDeleteAccount } from '../../core/account/delete-account.ts';
import { billingOfWriters, readContinuingBilling } from '../../core/stores/continuing-billing.ts';
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
    removal: () => world.dynamodb.removals.get(sub),
  };
}

const appStore = {
  source: 'app_store',
  manageUrl: 'https://store.example.com',
  until: T0 + 20 * DAY,
};
const none = { continues: [], known: 'current', failure: null, expected: false };

describe('The billing that continues', () => {
  it('is what RevenueCat says may bill again, without reading the row', async () => {
    const { world, revenuecat, continuing } = scene();
    revenuecat.has('ann', monthly, canceled, paused, promised, unknown);
    expect(await continuing()).toEqual({
      ...none,
      continues: [
        appStore,
        { source: 'play_store', manageUrl: paused.manageUrl, until: T0 },
        { source: null, manageUrl: null, until: promised.until },
        { source: null, manageUrl: unknown.manageUrl, until: null },
      ],
    });
    expect([world.calls, world.logs]).toEqual([[], []]);
  });

  it('is what the row shows while RevenueCat does not answer, which is logged', async () => {
    const { world, revenuecat, sync, continuing } = scene();
    revenuecat.has('ann', monthly, canceled, paused, promised);
    await sync();
    revenuecat.failing.add('ann');
    const { continues, ...about } = await continuing();
    expect(about).toEqual({ known: 'last_known', failure: { cause: storeOutage }, expected: true });
    expect(continues).toHaveLength(3);
    expect(continues).toContainEqual(appStore);
    expect(continues).toContainEqual({ source: 'play_store', manageUrl: paused.manageUrl, until: T0 });
    expect(continues).toContainEqual({ source: null, manageUrl: null, until: promised.until });
    expect(world.logs).toMatchObject([{ level: 'warn', cause: storeOutage }]);
    expect(world.logs[0]?.fields).toEqual({ metric: 'stores_unread', user_id: 'ann' });
  });

  it.each<[string, (world: ReturnType<typeof scene>['world']) => unknown, string]>([
    ['without a row is unknown', ({ dynamodb }) => dynamodb.entitlements.delete('ann'), 'unknown'],
    ['whose row shows no purchase is none as far as is known', () => undefined, 'last_known'],
  ])('of a user %s while RevenueCat does not answer', async (_, change, known) => {
    const { world, revenuecat, continuing } = scene();
    change(world);
    revenuecat.failing.add('ann');
    expect(await continuing()).toEqual({ ...none, known, failure: { cause: storeOutage } });
  });

  it('is none of a user that RevenueCat does not know, and whose row shows no purchase', async () => {
    const { revenuecat, continuing } = scene();
    revenuecat.forget('ann');
    expect(await continuing()).toEqual(none);
  });

  it('is what the row shows of a user that RevenueCat does not know: the key is of another project', async () => {
    const { revenuecat, sync, continuing } = scene();
    revenuecat.has('ann', monthly);
    await sync();
    revenuecat.forget('ann');
    expect(await continuing()).toMatchObject({
      continues: [appStore],
      known: 'last_known',
      failure: { cause: { details: { code: 'refused', reason: 'customer_not_in_project' } } },
      expected: true,
    });
  });

  it('is none of which other code has removed the id from the row', async () => {
    const { world, sub, revenuecat, sync, continuing } = scene();
    revenuecat.has('ann', monthly);
    await sync();
    const row = world.dynamodb.entitlements.get(sub) ?? world.addRow(sub);
    world.addRow(sub, { ...row, claims: withoutIds(row.claims) });
    revenuecat.failing.add('ann');
    expect((await continuing()).continues).toEqual([]);
  });

  describe('by what another writer put into the row', () => {
    const manageUrl = 'https://apps.apple.com/account/subscriptions';
    const row = {
      status: 'active',
      plan: 'monthly_pro',
      currentPeriodEnd: T0 + DAY,
      platform: 'ios',
    } as const;
    const byWriter = {
      continues: [{ source: 'app_store', manageUrl, until: T0 + DAY }],
      known: 'last_known',
    };

    it('is known where RevenueCat does not know the user', async () => {
      const { world, revenuecat, continuing } = scene();
      world.addRow('ann', row);
      revenuecat.forget('ann');
      expect(await continuing()).toEqual({ ...none, ...byWriter });
    });

    it('is known while RevenueCat does not answer', async () => {
      const { world, revenuecat, continuing } = scene();
      world.addRow('ann', row);
      revenuecat.failing.add('ann');
      const expected = { ...byWriter, failure: { cause: storeOutage }, expected: false };
      expect(await continuing()).toEqual(expected);
    });

    it('is left out where RevenueCat says what the user has bought', async () => {
      const { world, continuing } = scene();
      world.addRow('ann', row);
      expect(await continuing()).toEqual(none);
    });

    it('is known to a deletion without an app in a store', async () => {
      const { world, sub } = scene();
      world.addRow('ann', row);
      const result = await world.deleteAccount({ poolId: POOL_ID, sub, username: sub, requested: true });
      expect(result).toMatchObject({ billingContinues: byWriter.continues, billingKnown: 'last_known' });
    });

    it.each([
      ['is over', { currentPeriodEnd: T0 }],
      ['is canceled', { status: 'canceled' }],
      ['names no store', { platform: 'website' }],
    ] as const)('is none if it %s', (_, fields) => {
      const { world } = scene();
      const shown = world.addRow('ann', { ...row, ...fields });
      expect(billingOfWriters(world.systems, shown)).toEqual(none);
    });
  });

  it('is none without an app in a store', async () => {
    const { world } = scene();
    expect(await readContinuingBilling(world.systems, 'ann')).toEqual(none);
    expect(world.calls).toEqual([]);
  });
});

const everywhere = {
  kind: 'deleted',
  billingContinues: [appStore],
  billingKnown: 'current',
  storeCustomerRemains: false,
  refundPolicy: { kind: 'none' },
  refunds: [],
  refundsKnown: true,
};

describe('A deletion', () => {
  it('says which stores go on billing, and deletes the customer after all but the profile', async () => {
    const { world, revenuecat, deletion } = scene();
    revenuecat.has('ann', monthly, canceled);
    world.once('before', 'mark profile for deletion', () => expect(revenuecat.calls).toEqual([]));
    world.once('after', 'delete user', () => expect(revenuecat.calls).toEqual(['read ann']));
    world.once('before', 'remove profile', () => expect(revenuecat.isKnown('ann')).toBe(false));
    expect(await deletion()).toEqual(everywhere);
    expect(revenuecat.calls).toEqual(['read ann', 'aliases ann', 'delete ann']);
    expect(world.calls.slice(-2)).toEqual(['clear store removal', 'remove profile']);
    expect(world.calls).not.toContain('record store removal');
  });

  it('without an app in a store says that none goes on', async () => {
    const { world, sub } = scene();
    const result = await world.deleteAccount({ poolId: POOL_ID, sub, username: sub, requested: true });
    expect(result).toEqual({ ...everywhere, billingContinues: [] });
    expect(world.calls).not.toContain('clear store removal');
  });

  it('of an account that is gone asks RevenueCat nothing', async () => {
    const { world, revenuecat, sub } = scene();
    world.dynamodb.profiles.delete(sub);
    const deleteAccount = createDeleteAccount({ ...world.systems, stores: revenuecat.stores });
    const request = { poolId: POOL_ID, sub, username: sub, requested: true, resumes: true } as const;
    expect(await deleteAccount(request)).toMatchObject({ kind: 'deleted_before', billingContinues: [] });
    expect(revenuecat.calls).toEqual([]);
  });

  it('that RevenueCat does not answer is complete, and its repetition makes RevenueCat forget the user', async () => {
    const { world, revenuecat, sync, deletion, removal } = scene();
    revenuecat.has('ann', monthly);
    await sync();
    revenuecat.calls.length = 0;
    revenuecat.failing.add('ann');
    expect(await deletion()).toEqual({
      ...everywhere,
      billingKnown: 'last_known',
      storeCustomerRemains: true,
    });
    // It is not asked again: each question may take as long as the deletion has.
    expect(revenuecat.calls).toEqual(['read ann']);
    expect([world.dynamodb.profiles.size, world.dynamodb.entitlements.size]).toEqual([0, 0]);
    expect(world.cognito.users.size).toBe(0);
    expect(removal()).toEqual({ sub: 'ann', since: T0, requested: true, expected: true });
    expect(world.logs.at(-1)).toMatchObject({
      level: 'warn',
      fields: { metric: 'store_removal_pending', user_id: 'ann', since: T0 },
      cause: storeOutage,
    });
    world.advance(60);
    expect(await deletion()).toMatchObject({ billingKnown: 'unknown', storeCustomerRemains: true });
    expect(removal()).toMatchObject({ since: T0 });
    revenuecat.failing.clear();
    expect(await deletion()).toEqual(everywhere);
    expect([removal(), revenuecat.isKnown('ann')]).toEqual([undefined, false]);
  });

  it('fails, and keeps its mark, if what is left cannot be recorded', async () => {
    const { world, revenuecat, deletion } = scene();
    revenuecat.failing.add('ann');
    world.once('before', 'record store removal', () => {
      throw storeOutage;
    });
    await expect(deletion()).rejects.toBe(storeOutage);
    expect(world.dynamodb.profiles.get('ann')?.deletion).not.toBeNull();
    expect(await deletion()).toMatchObject({ kind: 'deleted', storeCustomerRemains: true });
  });

  it('records what is left for each time RevenueCat is called, and then says that an operator must act if it refuses', async () => {
    const { world, revenuecat, deletion, removal } = scene();
    revenuecat.has('ann', monthly);
    revenuecat.refusing.add('delete ann');
    expect(await deletion()).toEqual({ ...everywhere, storeCustomerRemains: true });
    // RevenueCat has shown that it knows the user.
    expect(removal()).toEqual({ sub: 'ann', since: T0, requested: true, expected: false });
    expect(world.logs.at(-1)).toMatchObject({
      level: 'error',
      fields: { metric: 'store_removal_stuck', user_id: 'ann' },
    });
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
    const { world, revenuecat, deletion, removal } = scene();
    world.addAccount('ben');
    // Items that belong to no user are stored next to the rows.
    world.addRow('installation#adoption');
    revenuecat.aliases.set('ann', aliases);
    expect(await deletion()).toMatchObject({ storeCustomerRemains: false });
    expect([revenuecat.isKnown('ann'), removal()]).toEqual([!isDeleted, undefined]);
    expect(world.logs.map(({ level, fields }) => [level, fields])).toEqual(
      isDeleted ? [] : [['warn', { metric: 'store_customer_shared', user_id: 'ann' }]],
    );
  });

  it('is deleted whether or not the row of its own user remains', async () => {
    const { world, sub, revenuecat } = scene();
    const services = { ...world.systems, stores: revenuecat.stores };
    const evidence = { ownership: 'own', basis: { kind: 'requested' } } as const;
    expect(await endOwnStoreCustomer(services, { sub, evidence })).toBe('deleted');
    expect(await endOwnStoreCustomer(services, { sub, evidence })).toBe('missing');
    expect(revenuecat.isKnown('ann')).toBe(false);
  });
});
