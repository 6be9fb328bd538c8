/** A sync that a user requests who may have bought something in an app store. */
import { describe, expect, it } from 'vitest';
import { createSyncStores } from '../../core/stores/sync-stores.ts';
import { createSyncOwn } from '../../core/sync/sync-own.ts';
import { Fault } from '../../core/system/fault.ts';
import { createAccountWorld } from '../support/account-world.ts';
import { purchase } from '../support/purchases.ts';
import { createStoreWorld, storeOutage } from '../support/store-world.ts';

const stripeOutage = new Fault({ code: 'unavailable', system: 'stripe', operation: 'any' });

/** Ann has an account, a subscription in Stripe and one in the App Store. */
function scene() {
  const world = createAccountWorld();
  const { sub, customerId } = world.addAccount('ann');
  world.addSubscription({ id: 'sub_1', customerId });
  const revenuecat = createStoreWorld();
  revenuecat.has(sub, purchase());
  const { stores } = revenuecat;
  const syncStores = createSyncStores({ ...world.systems, stores, random: () => 0 });
  const syncOwn = createSyncOwn({ ...world.systems, sync: world.sync, syncStores });
  return {
    world,
    sub,
    revenuecat,
    sync: () => syncOwn({ sub, requestId: 'req_1' }),
    rowNow: () => world.dynamodb.entitlements.get(sub),
    sources: () => world.dynamodb.entitlements.get(sub)?.claims.map(({ source }) => source),
  };
}

describe('A sync that the user requests', () => {
  it('answers with what Stripe and the store say', async () => {
    const { sync, rowNow, sources } = scene();
    expect(await sync()).toEqual({ kind: 'answered', row: rowNow() });
    expect(sources()?.toSorted()).toEqual(['revenuecat', 'stripe']);
    const causes = rowNow()?.history.map(({ by }) => by);
    expect(causes).toEqual(['request req_1', 'request req_1']);
  });

  it('reads the store also for a user without a customer', async () => {
    const { world, sub, sync, rowNow, sources } = scene();
    world.addProfile(sub, null);
    world.addRow(sub);
    expect(await sync()).toEqual({ kind: 'answered', row: rowNow() });
    expect(sources()).toEqual(['revenuecat']);
    expect(world.calls).not.toContain('list subscriptions');
  });

  it('fails if the store does not answer, and keeps what Stripe says', async () => {
    const { revenuecat, sync, rowNow } = scene();
    revenuecat.failing.add('ann');
    await expect(sync()).rejects.toBe(storeOutage);
    expect(rowNow()).toMatchObject({ status: 'active', subscriptionId: 'sub_1' });
  });

  it('fails if Stripe does not answer, and keeps what the store says', async () => {
    const { world, sync, sources } = scene();
    world.once('before', 'list subscriptions', () => {
      throw stripeOutage;
    });
    await expect(sync()).rejects.toBe(stripeOutage);
    expect(sources()).toEqual(['revenuecat']);
  });

  it('fails with what Stripe says if both do not answer', async () => {
    const { world, revenuecat, sync } = scene();
    revenuecat.failing.add('ann');
    world.once('before', 'list subscriptions', () => {
      throw stripeOutage;
    });
    await expect(sync()).rejects.toBe(stripeOutage);
  });

  it('reads no store while the account is being deleted', async () => {
    const { world, sub, revenuecat, sync, rowNow } = scene();
    await world.systems.profiles.markForDeletion({ userId: sub, username: sub, at: '0', requested: true });
    expect(await sync()).toEqual({ kind: 'answered', row: rowNow() });
    expect(revenuecat.calls).toEqual([]);
  });
});
