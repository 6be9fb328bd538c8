import { describe, expect, it } from 'vitest';
import type { RateLimit } from '../../core/limits/request-limits.ts';
import { createSyncOwn } from '../../core/sync/sync-own.ts';
import { createAccountWorld } from '../support/account-world.ts';
import { T0 } from '../support/subscriptions.ts';

function scene() {
  const world = createAccountWorld();
  const { sub, customerId } = world.addAccount('ann');
  world.addSubscription({ id: 'sub_1', customerId });
  return {
    world,
    sub,
    customerId,
    rowNow: () => world.dynamodb.entitlements.get(sub),
    syncOwn: createSyncOwn({ ...world.systems, sync: world.sync }),
  };
}

const user = { sub: 'ann', requestId: 'req_1' };

describe('A sync that the user requests', () => {
  it('answers with the row as it is after the sync', async () => {
    const { world, customerId, rowNow, syncOwn } = scene();
    const answer = await syncOwn(user);
    expect(answer).toEqual({ kind: 'answered', row: rowNow() });
    expect(rowNow()).toMatchObject({ status: 'active', customerIds: [customerId] });
    expect(rowNow()?.history).toMatchObject([{ at: T0, by: 'request req_1' }]);
    expect(world.calls).toEqual([
      'read profile',
      'read entitlement',
      'count request',
      'read entitlement',
      'list subscriptions',
      'list features',
      'write entitlement',
      'read entitlement',
    ]);
  });

  it('reads Stripe however late the row was synced', async () => {
    const { world, sub, customerId, rowNow, syncOwn } = scene();
    world.addRow(sub, { customerIds: [customerId], syncedAt: T0 + 3_600 });
    await syncOwn(user);
    expect(rowNow()).toMatchObject({ status: 'active', syncedAt: T0 });
  });

  it('prefers the customer of the profile to those of the row', async () => {
    const { world, sub, customerId, rowNow, syncOwn } = scene();
    const second = world.addCustomer(sub);
    world.addRow(sub, { customerIds: [second] });
    await syncOwn(user);
    expect(rowNow()).toMatchObject({ status: 'active', customerIds: [second, customerId] });
  });

  it('uses the first customer of the row if the profile has none', async () => {
    const { world, sub, rowNow, syncOwn } = scene();
    world.addProfile(sub, null);
    expect(await syncOwn(user)).toMatchObject({ kind: 'answered', row: { status: 'active' } });
    expect(rowNow()?.status).toBe('active');
  });

  it('fails, and keeps the row, if Stripe has never known the customer', async () => {
    const { world, sub, rowNow, syncOwn } = scene();
    world.addProfile(sub, 'cus_unknown');
    const row = world.addRow(sub, { status: 'active', customerIds: ['cus_unknown'] });
    await expect(syncOwn(user)).rejects.toMatchObject({
      details: { code: 'refused', reason: 'customer_not_in_account' },
    });
    expect(rowNow()).toEqual(row);
  });

  it('creates a row that is missing', async () => {
    const { world, sub, rowNow, syncOwn } = scene();
    world.dynamodb.entitlements.delete(sub);
    expect(await syncOwn(user)).toMatchObject({ kind: 'answered', row: { sub, status: 'active' } });
    expect(rowNow()?.provisional).toBe(false);
  });

  it('reads nothing from Stripe without a customer', async () => {
    const { world, sub, syncOwn } = scene();
    world.addProfile(sub, null);
    const row = world.addRow(sub, { customerIds: [] });
    expect(await syncOwn(user)).toEqual({ kind: 'answered', row });
    expect(world.calls).toEqual(['read profile', 'read entitlement']);
    world.dynamodb.entitlements.delete(sub);
    expect(await syncOwn(user)).toEqual({ kind: 'answered', row: undefined });
    expect(world.calls).not.toContain('list subscriptions');
  });

  it.each(['deleted', 'being deleted'])('writes nothing for an account that is %s', async (state) => {
    const { world, sub, rowNow, syncOwn } = scene();
    const mark = { userId: sub, username: sub, at: '0', requested: true };
    if (state === 'deleted') world.dynamodb.profiles.delete(sub);
    else await world.systems.profiles.markForDeletion(mark);
    const before = rowNow();
    expect(await syncOwn(user)).toEqual({ kind: 'answered', row: before });
    expect(rowNow()).toEqual(before);
    expect(world.calls).not.toContain('list subscriptions');
  });
});

describe('The limit of these requests', () => {
  it.each([
    [0, 60],
    [17.9, 43],
    [59, 1],
    [60, 60],
  ])('is 10 in a minute, and %s s into it names %s s to wait', async (passed, retryAfterSeconds) => {
    const { world, rowNow } = scene();
    const before = rowNow();
    const counted: [string, string, RateLimit][] = [];
    const requests = {
      count: async (...one: [string, string, RateLimit]) => {
        counted.push(one);
        return 'limited' as const;
      },
    };
    const syncOwn = createSyncOwn({ ...world.systems, requests, sync: world.sync });
    world.advance(passed);
    expect(await syncOwn(user)).toEqual({ kind: 'limited', retryAfterSeconds });
    const nowSeconds = T0 + Math.floor(passed);
    expect(counted).toEqual([['ann', 'sync', { atMost: 10, seconds: 60, nowSeconds }]]);
    expect(rowNow()).toEqual(before);
  });
});
