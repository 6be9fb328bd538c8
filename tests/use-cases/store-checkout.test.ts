/** A checkout of users who may pay in an app store, or in a way that only other code knows. */
import { describe, expect, it } from 'vitest';
import { createGrant } from '../../core/grants/grants.ts';
import type { StorePurchase } from '../../core/stores/purchase.ts';
import { createSyncStores } from '../../core/stores/sync-stores.ts';
import { purchase } from '../support/purchases.ts';
import { createStoreWorld, storeOutage } from '../support/store-world.ts';
import { DAY, T0 } from '../support/subscriptions.ts';
import { byStripe, checkoutScene, hash } from './checkout-scene.ts';

const appStore = { source: 'app_store', manage_url: 'https://apps.apple.com/account/subscriptions' };
const refusedBy = (payer: unknown) => ({ kind: 'already_subscribed', payer });
const opened = { kind: 'session' };

/** Ann is about to buy, and RevenueCat says what she has bought elsewhere. */
function scene() {
  const revenuecat = createStoreWorld();
  revenuecat.has('ann');
  const asked: string[] = [];
  const shop = checkoutScene({
    syncStores: async (sub) => {
      asked.push(sub);
      await sync(sub);
    },
  });
  const syncStores = createSyncStores({
    ...shop.world.systems,
    stores: revenuecat.stores,
    random: () => 0,
  });
  const sync = (sub: string) => syncStores({ sub, cause: { kind: 'store_event', id: 'rc_evt_1' } });
  return { ...shop, revenuecat, asked, sync: () => sync('ann') };
}

const over = purchase({ givesAccess: false, phase: 'over', billsAgain: false, until: T0 - DAY });
const paused = purchase({ givesAccess: false, phase: 'paused' });

describe('A checkout', () => {
  it.each<[string, StorePurchase, unknown]>([
    ['is refused to a subscriber in a store, and names it', purchase(), refusedBy(appStore)],
    ['is refused to a user that a store may bill again', paused, refusedBy(appStore)],
    ['opens for a user whose purchase is over', over, opened],
    ['opens for a user with a promotion', purchase({ store: 'promotional', billsAgain: false }), opened],
  ])('%s', async (_, bought, expected) => {
    const { revenuecat, asked, orders, buy } = scene();
    // Its webhook has not arrived.
    revenuecat.has('ann', bought);
    expect(await buy()).toMatchObject(expected as object);
    expect(asked).toEqual(['ann']);
    expect(orders).toHaveLength(expected === opened ? 1 : 0);
  });

  it('uses what the row shows while RevenueCat does not answer, which is logged', async () => {
    const { world, revenuecat, sync, buy } = scene();
    revenuecat.failing.add('ann');
    expect(await buy()).toMatchObject(opened);
    expect(world.logs).toMatchObject([{ level: 'warn', cause: storeOutage }]);
    expect(world.logs[0]?.fields).toEqual({ metric: 'stores_unread', user_id: 'ann' });
    revenuecat.failing.clear();
    revenuecat.has('ann', purchase());
    await sync();
    revenuecat.failing.add('ann');
    expect(await buy()).toEqual(refusedBy(appStore));
  });

  it('asks no one without an app in a store', async () => {
    const { world, buy } = checkoutScene();
    expect(await buy()).toMatchObject(opened);
    expect(world.logs).toEqual([]);
  });

  it('opens no session that a purchase in a store precedes, and expires its own', async () => {
    const { world, revenuecat, sync, statuses, buy } = scene();
    world.once('after', 'open checkout', async () => {
      revenuecat.has('ann', purchase());
      await sync();
    });
    expect(await buy()).toEqual(refusedBy(appStore));
    expect(statuses()).toEqual({ cs_001: 'expired' });
  });

  it('is refused to a user with access by other code, and can name no payer', async () => {
    const { world, buy } = scene();
    world.addRow('ann', { status: 'active', plan: 'partner' });
    expect(await buy()).toEqual(refusedBy({ source: null, manage_url: null }));
  });

  it('names Stripe to a subscriber there who pays in a store too', async () => {
    const { world, customerId, revenuecat, buy } = scene();
    world.addSubscription({ id: 'sub_1', customerId });
    expect(await buy()).toEqual(refusedBy(byStripe));
    revenuecat.has('ann', purchase());
    expect(await buy()).toEqual(refusedBy(byStripe));
  });

  it('opens for a user with a grant', async () => {
    const { world, buy } = scene();
    const grant = createGrant({ ...world.systems, random: () => 0, hash });
    await grant('ann', { plan: 'pro', features: [], until: null, by: 'anna', reason: 'Partner' });
    expect(await buy()).toMatchObject(opened);
  });
});
