import { describe, expect, it } from 'vitest';
import { createCheckWorld } from '../../../tests/support/check-world.ts';
import { purchase, withoutIds } from '../../../tests/support/purchases.ts';
import { storeOutage } from '../../../tests/support/store-world.ts';
import { DAY, item, T0 } from '../../../tests/support/subscriptions.ts';
import type { StorePurchase } from '../../stores/purchase.ts';

const paused = purchase({ givesAccess: false, phase: 'paused' });
const canceled = purchase({ ends: true, billsAgain: false });
const over = purchase({ givesAccess: false, phase: 'over', billsAgain: false });

/** Ann has an account, whose row shows what she has bought in stores, and in Stripe if she has. */
async function scene(
  bought: readonly StorePurchase[],
  inStripe?: Parameters<ReturnType<typeof createCheckWorld>['addSubscription']>[0],
) {
  const world = createCheckWorld();
  const { customerId } = world.addAccount('ann');
  if (inStripe !== undefined) {
    world.addSubscription({ id: 'sub_1', customerId, ...inStripe });
    await world.syncUser('ann', customerId);
  }
  world.revenuecat.has('ann', ...bought);
  const sync = () =>
    world.services.syncStores?.({ sub: 'ann', cause: { kind: 'store_event', id: 'rc_evt_1' } });
  await sync();
  world.revenuecat.calls.length = 0;
  return {
    world,
    customerId,
    sync,
    rowNow: () => world.dynamodb.entitlements.get('ann') ?? world.addRow('ann'),
    reasons: async () => (await world.find('rows')).found.map(([reason]) => reason),
  };
}

describe('A row that shows a purchase in a store', () => {
  it.each<[string, StorePurchase, readonly string[]]>([
    ['gives access', purchase(), ['purchases_differ']],
    ['is paused', paused, ['purchases_differ']],
    ['is canceled', canceled, ['purchases_differ']],
    ['is over', over, []],
  ])('is compared with RevenueCat if the purchase %s', async (_, bought, expected) => {
    const { reasons } = await scene([bought]);
    expect(await reasons()).toEqual(expected);
  });

  it('is left alone if RevenueCat says the same, and synced if it does not', async () => {
    const { world, rowNow } = await scene([purchase()]);
    expect(await world.repair('rows')).toEqual({ kind: 'unchanged' });
    expect(world.revenuecat.calls).toEqual(['read ann']);
    world.revenuecat.has('ann', canceled);
    expect(await world.repair('rows')).toEqual({ planned: 'synced', outcome: 'synced' });
    expect(rowNow()).toMatchObject({ cancelAtPeriodEnd: true });
  });

  it('is read again in time where RevenueCat names no end, which is no finding', async () => {
    const { world, rowNow, reasons } = await scene([purchase({ until: null })]);
    world.advance(DAY / 2);
    world.revenuecat.state.asOf = T0 + DAY / 2;
    expect(await reasons()).toEqual(['purchases_differ']);
    const plan = await world.planOf('rows');
    expect(plan.kind).toBe('upkeep');
    if (plan.kind === 'upkeep') await plan.run();
    expect(rowNow()).toMatchObject({ currentPeriodEnd: T0 + 1.5 * DAY });
    expect(await world.repair('rows')).toEqual({ kind: 'unchanged' });
  });

  it('is read again in time whatever else a run finds in it, and that is reported', async () => {
    const { world, rowNow } = await scene([purchase({ until: null })], {});
    world.addRow('ann', { ...rowNow(), featuresUnread: true });
    world.advance(DAY / 2);
    world.revenuecat.state.asOf = T0 + DAY / 2;
    expect(await world.repair('rows')).toEqual({ planned: 'synced', outcome: 'synced' });
    expect(rowNow().featuresUnread).not.toBe(true);
    const ends = rowNow().claims.map(({ currentPeriodEnd }) => currentPeriodEnd);
    expect(ends).toContain(T0 + 1.5 * DAY);
  });

  it('fails to be compared while RevenueCat does not answer', async () => {
    const { world } = await scene([purchase()]);
    world.revenuecat.failing.add('ann');
    await expect(world.planOf('rows')).rejects.toBe(storeOutage);
  });

  it('is repaired by a sync with Stripe in the meantime, if that has something to repair', async () => {
    const { world, rowNow } = await scene([purchase()], {});
    world.addRow('ann', { ...rowNow(), featuresUnread: true });
    world.revenuecat.failing.add('ann');
    expect(await world.repair('rows')).toEqual({ planned: 'synced', outcome: 'synced' });
    expect(rowNow().featuresUnread).not.toBe(true);
  });

  it('is compared before it is synced with Stripe', async () => {
    const { world, rowNow } = await scene([purchase()], {});
    world.addRow('ann', { ...rowNow(), featuresUnread: true });
    world.revenuecat.has('ann', canceled);
    expect(await world.repair('rows')).toEqual({ planned: 'synced', outcome: 'synced' });
    expect(rowNow()).toMatchObject({ featuresUnread: true });
    expect(await world.repair('rows')).toEqual({ planned: 'synced', outcome: 'synced' });
    expect(rowNow().featuresUnread).not.toBe(true);
  });

  it('without a profile gets one before it is compared', async () => {
    const { world } = await scene([purchase()]);
    world.dynamodb.profiles.delete('ann');
    world.addUser('ann');
    expect(await world.repair('rows')).toEqual({ planned: 'user_provisioned', outcome: 'user_provisioned' });
    expect(world.revenuecat.calls).toEqual([]);
  });

  it('of a user who is paid twice is compared before a person looks at it', async () => {
    const { world, reasons, rowNow } = await scene([purchase()], {});
    expect(await reasons()).toEqual(['paid_twice']);
    const before = rowNow();
    expect(await world.repair('rows')).toEqual({ planned: 'needs_review', outcome: 'needs_review' });
    expect(rowNow()).toBe(before);
    world.revenuecat.failing.add('ann');
    await expect(world.planOf('rows')).rejects.toBe(storeOutage);
    world.revenuecat.failing.clear();
    world.revenuecat.has('ann', canceled);
    expect(await world.repair('rows')).toEqual({ planned: 'synced', outcome: 'synced' });
    expect(await reasons()).toEqual(['purchases_differ']);
  });
});

describe('A user pays twice', () => {
  it.each<[string, StorePurchase, object, boolean]>([
    ['with a subscription in both', purchase(), {}, true],
    ['if the one in a store is paused', paused, {}, true],
    ['if the one in Stripe is past due', purchase(), { status: 'past_due' }, true],
    ['but not if the one in a store is canceled', canceled, {}, false],
    ['but not if the one in a store is over', over, {}, false],
    ['but not if the one in Stripe is over', purchase(), { status: 'canceled' }, false],
    ['but not if the one in Stripe ends with its period', purchase(), { cancelAtPeriodEnd: true }, false],
    ['if the one in Stripe ends after further bills', purchase(), { cancelAt: T0 + 300 * DAY }, true],
  ])('%s', async (_, bought, inStripe, expected) => {
    const { reasons } = await scene([bought], inStripe);
    expect((await reasons()).includes('paid_twice')).toBe(expected);
  });

  it('not as long as the row lacks the id of the one in a store, which other code has removed', async () => {
    const { world, reasons, rowNow } = await scene([purchase()], {});
    world.addRow('ann', { ...rowNow(), claims: withoutIds(rowNow().claims) });
    expect(await reasons()).toEqual(['purchases_differ']);
  });

  it.each<[string, Partial<StorePurchase>, boolean]>([
    ['another store', { store: 'play_store' }, true],
    ['a store that no one knows', { store: null }, true],
    ['another store, where it is canceled', { store: 'play_store', ends: true, billsAgain: false }, false],
    ['another store, as a promotion', { store: 'promotional', billsAgain: false }, false],
    ['the same store, which shows both', {}, false],
  ])('or not, with a second subscription in %s', async (_, second, expected) => {
    const { reasons } = await scene([purchase(), purchase({ id: 'sub2', ...second })]);
    expect(await reasons()).toEqual([expected ? 'paid_twice' : 'purchases_differ']);
  });

  it.each<[string, object, readonly string[]]>([
    ['with a plan and an end in the future', {}, ['paid_twice']],
    ['but not without a plan', { plan: null }, []],
    ['but not without an end', { currentPeriodEnd: null }, []],
    ['but not after its end', { currentPeriodEnd: T0 }, []],
    ['but not if it is canceled', { status: 'canceled' }, []],
  ])('by what another writer set %s', async (_, written, expected) => {
    const { world, customerId, rowNow } = await scene([], {
      items: [item({ periodEnd: T0 + 60 * DAY })],
    });
    const byOther = { status: 'active', plan: 'press', currentPeriodEnd: T0 + 30 * DAY, ...written };
    world.addRow('ann', { ...rowNow(), ...byOther });
    await world.syncUser('ann', customerId);
    expect((await world.find('rows')).found.map(([reason]) => reason)).toEqual(expected);
  });
});
