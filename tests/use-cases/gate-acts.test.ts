import { describe, expect, it } from 'vitest';
import {
  endCustomer,
  endIncomplete,
  endMarkedProfile,
  endProfile,
  endRow,
  endStoreCustomer,
  endSubscription,
  endUser,
  expireSession,
  refundPurchase,
} from '../../core/gate/act.ts';
import type { Evidence } from '../../core/gate/decide.ts';
import { createAccountWorld, OTHER_POOL_ID, POOL_ID } from '../support/account-world.ts';
import { createStoreWorld } from '../support/store-world.ts';

const requested = { kind: 'requested' } as const;
const proven: Evidence = { ownership: 'own', basis: requested };
const unproven: Evidence = { ownership: 'unproven', basis: requested };

function scene() {
  const world = createAccountWorld();
  const { sub, customerId } = world.addAccount('ann');
  const target = { customerId, sub, poolId: POOL_ID, recorded: false, basis: requested };
  return {
    world,
    sub,
    customerId,
    end: (fields = {}) => endCustomer(world.systems, { ...target, ...fields }),
  };
}

describe('A customer', () => {
  it('that names the user is deleted with its open sessions and subscriptions', async () => {
    const { world, customerId, end } = scene();
    const subscription = world.addSubscription({ id: 'sub_1', customerId });
    expect(await end()).toBe('deleted');
    expect(world.calls).toEqual(['retrieve customer', 'expire checkouts', 'delete customer']);
    expect(world.stripe.subscriptions.get(subscription.id)?.status).toBe('canceled');
    expect(world.logs).toEqual([]);
  });

  it('that is deleted already, or that Stripe has never known, is left alone', async () => {
    const { world, customerId, end } = scene();
    expect(await end({ customerId: 'cus_unknown' })).toBe('missing');
    await end();
    world.calls.length = 0;
    expect(await end({ customerId })).toBe('deleted');
    expect(world.calls).toEqual(['retrieve customer']);
    expect(world.logs).toEqual([]);
  });

  it('that names no user is deleted only if a record of the user names it', async () => {
    const { world, sub, end } = scene();
    const unnamed = world.addCustomer(null, null);
    expect(await end({ customerId: unnamed })).toBe('not_proven_ours');
    expect(world.stripe.customers.get(unnamed)?.deletedMs).toBeNull();
    expect(world.logs).toMatchObject([{ level: 'warn' }]);
    expect(world.logs[0]?.fields).toEqual({
      metric: 'ending_refused',
      refusal: 'not_proven_ours',
      customer_id: unnamed,
      user_id: sub,
    });
    expect(await end({ customerId: unnamed, recorded: true })).toBe('deleted');
    expect(world.stripe.customers.get(unnamed)?.deletedMs).not.toBeNull();
    expect(world.logs).toHaveLength(1);
  });

  it('that names another user is kept, whatever record names it, and the contradiction is reported', async () => {
    const { world, sub, end } = scene();
    const foreign = world.addCustomer('ben');
    expect(await end({ customerId: foreign, recorded: true })).toBe('owner_contradiction');
    expect(world.stripe.customers.get(foreign)?.deletedMs).toBeNull();
    expect(world.logs.map(({ fields }) => fields)).toEqual([
      {
        metric: 'owner_contradiction',
        event_id: undefined,
        customer_id: foreign,
        user_id: 'ben',
        other_user_id: sub,
        other_source: 'profile',
      },
    ]);
  });

  it('that names another pool is kept, and the refusal is logged', async () => {
    const { world, sub, end } = scene();
    const foreign = world.addCustomer(sub, OTHER_POOL_ID);
    expect(await end({ customerId: foreign, recorded: true })).toBe('other_pool');
    expect(world.stripe.customers.get(foreign)?.deletedMs).toBeNull();
    expect(world.logs.map(({ fields }) => fields)).toEqual([
      { metric: 'ending_refused', refusal: 'other_pool', customer_id: foreign, user_id: sub },
    ]);
  });

  it('that only names the user is kept unless the user requested its end', async () => {
    const { world, sub, end } = scene();
    const named = world.addCustomer(sub, null);
    expect(await end({ customerId: named, basis: { kind: 'own_work' } })).toBe('not_proven_ours');
    expect(await end({ customerId: named })).toBe('deleted');
  });
});

/** Each action on an account with everything that can be ended, and what it returns. */
function acts() {
  const { world, sub, customerId } = scene();
  const row = world.addRow(sub, { customerIds: [customerId] });
  const { subscription, sessionId } = world.addPurchase(sub, customerId);
  const sold = world.stripe.sessions.get(sessionId);
  if (sold !== undefined) world.stripe.sessions.set('cs_open', { ...sold, id: 'cs_open', status: 'open' });
  const { systems } = world;
  const revenuecat = createStoreWorld();
  revenuecat.has(sub);
  const subscriptionId = subscription.id;
  return {
    world,
    row,
    subscriptionId,
    revenuecat,
    run: {
      'remove entitlement row': (evidence: Evidence) => endRow(systems, { row, evidence }),
      'remove profile': (evidence: Evidence) => endProfile(systems, { userId: sub, customerId, evidence }),
      'remove marked profile': (evidence: Evidence) => endMarkedProfile(systems, { userId: sub, evidence }),
      'delete user': (evidence: Evidence) => endUser(systems.directory, { sub, username: sub, evidence }),
      'delete store customer': (evidence: Evidence) => endStoreCustomer(revenuecat.stores, { sub, evidence }),
      'cancel subscription': (evidence: Evidence) =>
        endSubscription(systems.billing, { subscriptionId, evidence }),
      'cancel incomplete subscription': (evidence: Evidence) =>
        endIncomplete(systems.billing, { subscriptionId, evidence }),
      refund: (evidence: Evidence) =>
        refundPurchase(systems.billing, { subscriptionId, key: sessionId, evidence }),
      'expire session': (evidence: Evidence) =>
        expireSession(systems.sessions, { sessionId: 'cs_open', evidence }),
    },
  };
}

type Act = keyof ReturnType<typeof acts>['run'];
/** Each with the operation that its refusal names. */
const operations: readonly (readonly [Act, string])[] = [
  ['remove entitlement row', 'remove entitlement row'],
  ['remove profile', 'remove profile'],
  ['remove marked profile', 'remove profile'],
  ['delete user', 'delete user'],
  ['delete store customer', 'delete store customer'],
  ['cancel subscription', 'cancel subscription'],
  ['cancel incomplete subscription', 'cancel subscription'],
  ['refund', 'refund'],
  ['expire session', 'expire session'],
];

describe('Whatever is ended', () => {
  it.each(operations)('needs a decision on its evidence: %s', async (name, operation) => {
    const { world, revenuecat, run } = acts();
    await expect(run[name](unproven)).rejects.toMatchObject({
      name: 'Fault',
      details: { code: 'refused', system: 'self', operation, reason: 'not_proven_ours' },
    });
    expect([world.calls, revenuecat.calls]).toEqual([[], []]);
  });

  it('is ended once the evidence permits it', async () => {
    const { world, run, subscriptionId, revenuecat } = acts();
    const { dynamodb, cognito, stripe } = world;
    expect(await run['expire session'](proven)).toBe('expired');
    expect(stripe.sessions.get('cs_open')?.status).toBe('expired');
    await run['cancel subscription'](proven);
    expect(stripe.subscriptions.get(subscriptionId)?.status).toBe('canceled');
    expect(await run.refund(proven)).toBe(1);
    expect(stripe.payments.get(subscriptionId)?.refunded).toBe(true);
    expect(await run.refund(proven)).toBe(0);
    expect(await run['remove entitlement row'](proven)).toBe('removed');
    expect(dynamodb.entitlements.has('ann')).toBe(false);
    expect(await run['remove profile'](proven)).toBe('removed');
    expect(dynamodb.profiles.has('ann')).toBe(false);
    await run['delete user'](proven);
    expect(cognito.users.size).toBe(0);
    await run['delete store customer'](proven);
    expect(revenuecat.calls).toEqual(['delete ann']);
  });

  it('leaves a row that has changed', async () => {
    const { world, run, row } = acts();
    world.dynamodb.entitlements.set('ann', { ...row, fence: { version: 2 } });
    expect(await run['remove entitlement row'](proven)).toBe('conflict');
    expect(world.dynamodb.entitlements.get('ann')?.fence).toEqual({ version: 2 });
  });
});
