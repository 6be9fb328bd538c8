import { describe, expect, it } from 'vitest';
import { createPreview } from '../../core/reconcile/preview.ts';
import { createAccountWorld } from '../support/account-world.ts';
import { purchase } from '../support/purchases.ts';
import { createStoreWorld } from '../support/store-world.ts';
import { T0 } from '../support/subscriptions.ts';

/** Ann has an account. */
function scene() {
  const world = createAccountWorld();
  const { sub, customerId } = world.addAccount('ann');
  const revenuecat = createStoreWorld();
  revenuecat.has('ann');
  const services = { ...world.systems, stores: revenuecat.stores };
  return {
    world,
    sub,
    customerId,
    revenuecat,
    services,
    preview: (given: Partial<typeof services> = {}) => createPreview({ ...services, ...given })('ann'),
    rowNow: () => world.dynamodb.entitlements.get('ann'),
    lists: () => world.calls.filter((call) => call === 'list subscriptions').length,
  };
}

const writes = /write|create|remove|mark|fill|link|count/;

describe('A preview', () => {
  it('shows what a sync would make of the row, and writes nothing', async () => {
    const { world, sub, customerId, preview, rowNow } = scene();
    const before = world.addRow(sub, { customerIds: [customerId], trialStartedAt: 'then', updatedAt: 'now' });
    world.addSubscription({ id: 'sub_1', customerId });
    const shown = await preview();
    expect(shown.before).toBe(before);
    expect(shown.after).toMatchObject({
      sub: 'ann',
      status: 'active',
      subscriptionId: 'sub_1',
      customerIds: [customerId],
      syncedAt: T0,
      provisional: false,
      unreadable: false,
      trialStartedAt: 'then',
      updatedAt: 'now',
      history: [{ by: 'reconcile' }],
    });
    expect(rowNow()).toBe(before);
    expect(world.calls.filter((call) => writes.test(call))).toEqual([]);
    expect(world.logs).toEqual([]);
  });

  it.each(['row', 'profile'])(
    'shows the row of a user without a %s, as a run would create it',
    async (part) => {
      const { world, sub, customerId, preview, rowNow } = scene();
      world.addSubscription({ id: 'sub_1', customerId });
      if (part === 'row') world.dynamodb.entitlements.delete(sub);
      else world.dynamodb.profiles.delete(sub);
      const before = rowNow();
      const shown = await preview();
      expect(shown.before).toBe(before);
      expect(shown.after).toMatchObject({
        status: 'active',
        customerIds: [customerId],
        provisional: false,
        trialStartedAt: null,
      });
      expect([rowNow(), world.dynamodb.profiles.has(sub)]).toEqual([before, part === 'row']);
    },
  );

  it('shows the row of a user who has neither, as a run would create it', async () => {
    const { world, sub, customerId, preview } = scene();
    world.addSubscription({ id: 'sub_1', customerId });
    world.dynamodb.entitlements.delete(sub);
    world.dynamodb.profiles.delete(sub);
    expect((await preview()).after).toMatchObject({ status: 'active', customerIds: [customerId] });
  });

  it.each(['profile', 'row'])('shows the customer that only the %s names', async (record) => {
    const { world, sub, customerId, services, preview } = scene();
    world.addSubscription({ id: 'sub_1', customerId });
    world.addProfile(sub, record === 'profile' ? customerId : null);
    world.addRow(sub, { customerIds: record === 'row' ? [customerId] : [] });
    const billing = { ...services.billing, findCustomers: async () => 'unavailable' as const };
    expect((await preview({ billing })).after).toMatchObject({ status: 'active', customerIds: [customerId] });
  });

  it.each(['profile', 'row'])(
    'never shows what another user has paid, if the %s names the customer',
    async (record) => {
      const { world, sub, customerId, preview } = scene();
      const ofBen = world.addAccount('ben').customerId;
      world.addSubscription({ id: 'sub_1', customerId: ofBen });
      if (record === 'profile') world.addProfile(sub, ofBen);
      else world.addRow(sub, { customerIds: [customerId, ofBen] });
      const { after } = await preview();
      expect(after).toMatchObject({ status: 'none' });
      expect(after?.customerIds).not.toContain(ofBen);
    },
  );

  it('shows the customer that only Stripe’s search finds', async () => {
    const { world, sub, customerId, preview } = scene();
    world.addProfile(sub, null);
    world.dynamodb.entitlements.delete(sub);
    world.addSubscription({ id: 'sub_1', customerId });
    expect((await preview()).after).toMatchObject({ status: 'active', customerIds: [customerId] });
  });

  it('reads each customer once that the profile, the row or the search names', async () => {
    const { world, sub, customerId, services, preview, lists } = scene();
    const listed = world.addCustomer(sub);
    const found = world.addCustomer(sub);
    world.addRow(sub, { customerIds: [customerId, listed] });
    const { after } = await preview();
    expect(after?.customerIds).toEqual([customerId, listed, found]);
    // The sync of each customer reads all that the row lists by then.
    expect(lists()).toBe(2 + 2 + 3);
    const billing = { ...services.billing, findCustomers: async () => 'unavailable' as const };
    expect((await preview({ billing })).after?.customerIds).toEqual([customerId, listed]);
  });

  it('of a user without any customer shows the row as it is', async () => {
    const { world, sub, customerId, preview, rowNow } = scene();
    await world.systems.billing.deleteCustomer(customerId);
    world.addProfile(sub, null);
    world.addRow(sub);
    const shown = await preview();
    expect([shown.before, shown.after]).toEqual([rowNow(), rowNow()]);
  });

  it('leaves a user who is being deleted as is, and asks no one', async () => {
    const { world, sub, customerId, revenuecat, preview, rowNow, lists } = scene();
    world.addSubscription({ id: 'sub_1', customerId });
    await world.systems.profiles.markForDeletion({ userId: sub, username: sub, at: '0', requested: true });
    const shown = await preview();
    expect([shown.before, shown.after]).toEqual([rowNow(), rowNow()]);
    expect([lists(), revenuecat.calls]).toEqual([0, []]);
  });

  it('shows the purchases in stores, in addition to what Stripe has', async () => {
    const { world, customerId, revenuecat, preview } = scene();
    world.addSubscription({ id: 'sub_1', customerId });
    revenuecat.has('ann', purchase());
    const sources = async (given = {}) => (await preview(given)).after?.claims.map(({ source }) => source);
    expect((await sources())?.toSorted()).toEqual(['revenuecat', 'stripe']);
    expect(await sources({ stores: null })).toEqual(['stripe']);
  });

  it('of a user without a row shows what the user bought in a store', async () => {
    const { world, sub, revenuecat, preview, rowNow } = scene();
    world.dynamodb.entitlements.delete(sub);
    revenuecat.has('ann', purchase());
    expect((await preview()).after).toMatchObject({ status: 'active', plan: 'monthly_pro' });
    expect(rowNow()).toBeUndefined();
  });

  it('shows that no one can read an end, as the row says', async () => {
    const { world, sub, customerId, preview } = scene();
    world.addRow(sub, { status: 'active', plan: 'press', unreadable: true, customerIds: [customerId] });
    expect((await preview()).after).toMatchObject({ unreadable: true, status: 'active' });
  });
});
