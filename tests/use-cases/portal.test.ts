import { describe, expect, it } from 'vitest';
import { createPortal, isPortalFlow } from '../../core/portal/portal.ts';
import { createAccountWorld, OTHER_POOL_ID } from '../support/account-world.ts';

const returnUrl = 'https://app.example.com/account';

function scene() {
  const world = createAccountWorld();
  const { sub, customerId } = world.addAccount('ann');
  const visits: unknown[] = [];
  const portal = {
    open: async (visit: Parameters<typeof world.systems.portal.open>[0]) => {
      visits.push(visit);
      return world.systems.portal.open(visit);
    },
  };
  return { world, sub, customerId, visits, open: createPortal({ ...world.systems, portal }) };
}

const pageOf = (customerId: string) => ({
  kind: 'session',
  url: `https://billing.example/${customerId}`,
});

describe('The billing portal', () => {
  it('opens the customer of the profile, and of the row if the profile names none', async () => {
    const { world, sub, customerId, open, visits } = scene();
    expect(await open(sub, { flow: null, returnUrl })).toEqual(pageOf(customerId));
    expect(visits).toEqual([{ customerId, returnUrl, flow: null }]);
    world.addProfile(sub, null);
    expect(await open(sub, { flow: null, returnUrl })).toEqual(pageOf(customerId));
    world.dynamodb.profiles.delete(sub);
    expect(await open(sub, { flow: null, returnUrl })).toEqual(pageOf(customerId));
  });

  it('opens nothing for a user without a customer, or whose customers are all deleted', async () => {
    const { world, sub, customerId, open, visits } = scene();
    await world.systems.billing.deleteCustomer(customerId);
    expect(await open(sub, { flow: null, returnUrl })).toEqual({ kind: 'no_customer' });
    expect(visits).toEqual([{ customerId, returnUrl, flow: null }]);
    world.addProfile('ben', null);
    expect(await open('ben', { flow: null, returnUrl })).toEqual({ kind: 'no_customer' });
    expect(await open('stranger', { flow: null, returnUrl })).toEqual({ kind: 'no_customer' });
    expect(visits).toHaveLength(1);
  });

  it('asks only the customer of the row if the profile names none, and only that of the profile without a row', async () => {
    const { world, sub, customerId, open, visits } = scene();
    await world.systems.billing.deleteCustomer(customerId);
    world.addProfile(sub, null);
    expect(await open(sub, { flow: null, returnUrl })).toEqual({ kind: 'no_customer' });
    world.addProfile(sub, customerId);
    world.dynamodb.entitlements.delete(sub);
    expect(await open(sub, { flow: null, returnUrl })).toEqual({ kind: 'no_customer' });
    expect(visits).toEqual([
      { customerId, returnUrl, flow: null },
      { customerId, returnUrl, flow: null },
    ]);
  });

  it('tries a customer that Stripe has never known without asking whose it is', async () => {
    const { world, sub, open, visits } = scene();
    world.addProfile(sub, 'cus_unknown');
    world.addRow(sub, { customerIds: [] });
    expect(await open(sub, { flow: null, returnUrl })).toEqual({ kind: 'no_customer' });
    expect(visits).toEqual([{ customerId: 'cus_unknown', returnUrl, flow: null }]);
    const counted = ['read profile', 'read entitlement', 'count request'];
    expect(world.calls).toEqual([...counted, 'list subscriptions', 'open portal']);
  });

  it('opens nothing while the account is being deleted', async () => {
    const { world, sub, open, visits } = scene();
    await world.systems.profiles.markForDeletion({ userId: sub, username: sub, at: '0', requested: true });
    expect(await open(sub, { flow: null, returnUrl })).toEqual({ kind: 'account_deleted' });
    expect(visits).toEqual([]);
  });

  it('opens the customer whose subscription decides, also an ended one, and skips deleted customers', async () => {
    const { world, sub, customerId, open } = scene();
    const second = world.addCustomer(sub);
    world.addRow(sub, { customerIds: [second] });
    expect(await open(sub, { flow: null, returnUrl })).toEqual(pageOf(customerId));
    world.addSubscription({ id: 'sub_1', customerId: second, status: 'canceled' });
    expect(await open(sub, { flow: null, returnUrl })).toEqual(pageOf(second));
    world.addSubscription({ id: 'sub_2', customerId, status: 'active' });
    expect(await open(sub, { flow: null, returnUrl })).toEqual(pageOf(customerId));
    await world.systems.billing.deleteCustomer(customerId);
    expect(await open(sub, { flow: null, returnUrl })).toEqual(pageOf(second));
  });

  it('passes a task that needs no subscription on without one', async () => {
    const { sub, customerId, open, visits } = scene();
    for (const flow of ['payment_method_update', 'customer_update'] as const) {
      expect(await open(sub, { flow, returnUrl })).toEqual(pageOf(customerId));
      expect(visits.at(-1)).toEqual({ customerId, returnUrl, flow: { type: flow, subscriptionId: null } });
    }
  });

  it('opens a task about a subscription only with one that is alive', async () => {
    const { world, sub, customerId, open, visits } = scene();
    for (const flow of ['subscription_cancel', 'subscription_update', 'subscription_pause'] as const) {
      expect(await open(sub, { flow, returnUrl })).toEqual({ kind: 'no_subscription' });
    }
    world.addSubscription({ id: 'sub_1', customerId, status: 'canceled' });
    expect(await open(sub, { flow: 'subscription_cancel', returnUrl })).toEqual({ kind: 'no_subscription' });
    expect(visits).toEqual([]);
    world.addSubscription({ id: 'sub_2', customerId });
    for (const flow of ['subscription_cancel', 'subscription_update', 'subscription_pause'] as const) {
      expect(await open(sub, { flow, returnUrl })).toEqual(pageOf(customerId));
      expect(visits.at(-1)).toEqual({ customerId, returnUrl, flow: { type: flow, subscriptionId: 'sub_2' } });
    }
  });

  it('says that there is no customer if Stripe deletes it between the two calls', async () => {
    const { world, sub, customerId, open } = scene();
    world.addSubscription({ id: 'sub_1', customerId });
    world.once('before', 'open portal', () => world.systems.billing.deleteCustomer(customerId));
    expect(await open(sub, { flow: 'subscription_cancel', returnUrl })).toEqual({ kind: 'no_customer' });
  });

  it.each([true, false])(
    'leaves a customer of another user out and reports it (subscribed: %s)',
    async (paid) => {
      const { world, sub, customerId, open, visits } = scene();
      const foreign = world.addCustomer('ben', OTHER_POOL_ID);
      if (paid) world.addSubscription({ id: 'sub_1', customerId: foreign });
      world.addProfile(sub, foreign);
      expect(await open(sub, { flow: null, returnUrl })).toEqual(pageOf(customerId));
      expect(world.logs).toMatchObject([
        {
          level: 'warn',
          fields: {
            metric: 'owner_contradiction',
            customer_id: foreign,
            user_id: 'ben',
            other_user_id: sub,
            other_source: 'profile',
          },
        },
      ]);
      world.addRow(sub, { customerIds: [foreign] });
      visits.length = 0;
      expect(await open(sub, { flow: null, returnUrl })).toEqual({ kind: 'contradiction' });
      expect(visits).toEqual([]);
    },
  );

  it('opens a customer that names no user', async () => {
    const { world, sub, open } = scene();
    const unnamed = world.addCustomer(null, null);
    world.addSubscription({ id: 'sub_1', customerId: unnamed });
    world.addProfile(sub, unnamed);
    expect(await open(sub, { flow: null, returnUrl })).toEqual(pageOf(unnamed));
  });

  it('leaves out a customer that names no user if a live subscription of it names another one', async () => {
    const { world, sub, customerId, open, visits } = scene();
    const unnamed = world.addCustomer(null, null);
    world.addSubscription({ id: 'sub_1', customerId: unnamed });
    world.stripe.mislabeled.set('sub_1', 'ben');
    world.addRow(sub, { customerIds: [unnamed] });
    expect(await open(sub, { flow: null, returnUrl })).toEqual(pageOf(customerId));
    expect(await open(sub, { flow: 'subscription_cancel', returnUrl })).toEqual({ kind: 'no_subscription' });
    expect(visits.map((visit) => (visit as { readonly customerId: string }).customerId)).toEqual([
      customerId,
    ]);
    expect(world.logs[0]?.fields).toEqual({
      metric: 'owner_contradiction',
      event_id: undefined,
      customer_id: unnamed,
      user_id: 'ben',
      other_user_id: sub,
      other_source: 'row',
    });
    world.addProfile(sub, unnamed);
    world.addRow(sub, { customerIds: [] });
    expect(await open(sub, { flow: null, returnUrl })).toEqual({ kind: 'contradiction' });
    expect(world.logs.at(-1)?.fields['other_source']).toBe('profile');
    world.stripe.mislabeled.set('sub_1', sub);
    expect(await open(sub, { flow: null, returnUrl })).toEqual(pageOf(unnamed));
  });

  it('reads what subscriptions name only for a customer that has some and names no user', async () => {
    const { world, sub, customerId, open } = scene();
    const unnamed = world.addCustomer(null, null);
    world.addProfile(sub, unnamed);
    world.addSubscription({ id: 'sub_1', customerId });
    await open(sub, { flow: null, returnUrl });
    expect(world.calls).not.toContain('read subscription stamps');
    world.addSubscription({ id: 'sub_2', customerId: unnamed });
    await open(sub, { flow: null, returnUrl });
    expect(world.calls.filter((call) => call === 'read subscription stamps')).toHaveLength(1);
  });

  it('knows its tasks, and nothing else', () => {
    const tasks = [
      'payment_method_update',
      'subscription_cancel',
      'toString',
      '',
      null,
      {},
      ['customer_update'],
    ];
    expect(tasks.map(isPortalFlow)).toEqual([true, true, false, false, false, false, false]);
  });
});
