import { describe, expect, it } from 'vitest';
import type { AccountPart } from '../../core/account/delete-account.ts';
import { createRequestDeletion } from '../../core/account/request-deletion.ts';
import {
  isLimited,
  type LimitedRequest,
  limitRequest,
  type RateLimit,
  requestLimits,
  windowOf,
} from '../../core/limits/request-limits.ts';
import { createPortal } from '../../core/portal/portal.ts';
import { createAccountWorld, OTHER_POOL_ID, POOL_ID } from '../support/account-world.ts';
import { T0 } from '../support/subscriptions.ts';
import { checkoutScene } from './checkout-scene.ts';

const kinds = Object.keys(requestLimits) as LimitedRequest[];

describe('The limit of requests', () => {
  it.each(kinds)('of kind %s is that of its window, and names the rest of it', async (kind) => {
    const { systems, advance } = createAccountWorld();
    const { atMost, seconds } = requestLimits[kind];
    advance(3);
    for (let count = 0; count < atMost; count += 1) {
      expect(await isLimited(systems, 'ann', kind)).toBeUndefined();
      expect(await limitRequest(systems, 'ann', kind)).toBeUndefined();
    }
    const limited = { kind: 'limited', retryAfterSeconds: seconds - ((T0 + 3) % seconds) };
    expect(await limitRequest(systems, 'ann', kind)).toEqual(limited);
    expect(await isLimited(systems, 'ann', kind)).toEqual(limited);
    expect(await limitRequest(systems, 'ben', kind)).toBeUndefined();
    advance(limited.retryAfterSeconds);
    expect(await limitRequest(systems, 'ann', kind)).toBeUndefined();
  });

  it.each([
    [T0, T0],
    [T0 + 59.9, T0],
    [T0 + 60, T0 + 60],
  ])('counts at %s from %s', (now, start) => {
    const limit: RateLimit = { atMost: 1, seconds: 60, nowSeconds: now };
    expect(windowOf(limit)).toBe(start);
  });
});

describe('A checkout above the limit', () => {
  it('asks neither Cognito nor Stripe', async () => {
    const { world, sub, buy } = checkoutScene();
    world.dynamodb.requests.counts.set(`${sub} checkout`, { window: T0, count: 20 });
    expect(await buy()).toEqual({ kind: 'limited', retryAfterSeconds: 60 });
    expect(world.calls).toEqual(['read request count']);
  });

  it('is limited also if the limit is reached while Cognito answers', async () => {
    const { world, sub, buy, orders } = checkoutScene();
    world.once('after', 'find user', () =>
      world.dynamodb.requests.counts.set(`${sub} checkout`, { window: T0, count: 20 }),
    );
    expect(await buy()).toEqual({ kind: 'limited', retryAfterSeconds: 60 });
    expect([orders, world.calls]).toEqual([[], ['read request count', 'find user', 'count request']]);
  });
});

describe('A portal visit above the limit', () => {
  it('asks nothing of Stripe', async () => {
    const world = createAccountWorld();
    world.addAccount('ann');
    world.dynamodb.requests.counts.set('ann portal', { window: T0, count: 20 });
    const request = { flow: null, returnUrl: 'https://app.example.com' };
    const limited = { kind: 'limited', retryAfterSeconds: 60 };
    expect(await createPortal(world.systems)('ann', request)).toEqual(limited);
    expect(world.calls).toEqual(['read profile', 'read entitlement', 'count request']);
  });
});

function deletionScene(sub = 'ann') {
  const world = createAccountWorld();
  const confirmed = new Set<AccountPart>();
  const remove = (systems: Partial<typeof world.systems> = {}) =>
    createRequestDeletion({ ...world.systems, ...systems })({
      poolId: POOL_ID,
      sub,
      username: sub,
      confirmed,
    });
  return { world, remove, confirmed, customers: () => world.stripe.customers.size };
}

const before: unknown = expect.objectContaining({ kind: 'deleted_before', billingContinues: [] });
const CHECK = ['mark profile for deletion', 'reserve deletion check', 'read entitlement', 'find user'];

describe('A deletion above the limit', () => {
  it('is recorded, and ends nothing', async () => {
    const { world, remove, confirmed } = deletionScene();
    world.addAccount('ann');
    world.dynamodb.requests.counts.set('ann deletion', { window: T0, count: 5 });
    expect(await remove()).toEqual({ kind: 'limited', retryAfterSeconds: 10 });
    expect(world.dynamodb.profiles.get('ann')).toMatchObject({ deletion: { requested: true } });
    expect(world.calls).toEqual(['mark profile for deletion', 'count request']);
    expect([...confirmed]).toEqual([]);
    world.advance(10);
    expect(await remove()).toMatchObject({ kind: 'deleted' });
    expect([...world.dynamodb.requests.counts]).toEqual([]);
  });

  it('never limits reconcile, which finishes it', async () => {
    const { world, remove } = deletionScene();
    world.addAccount('ann');
    world.dynamodb.requests.counts.set('ann deletion', { window: T0, count: 5 });
    await remove();
    const resumed = { poolId: POOL_ID, sub: 'ann', username: null, requested: true, resumes: true } as const;
    expect(await world.deleteAccount(resumed)).toMatchObject({ kind: 'deleted' });
    expect(world.cognito.users.size).toBe(0);
  });
});

describe('A repeated deletion', () => {
  it('asks once what is left, and then no one for ten minutes', async () => {
    const { world, remove, customers } = deletionScene();
    expect(await remove()).toEqual(before);
    expect(world.calls).toEqual([...CHECK, 'search customers', 'settle deletion check']);
    world.calls.length = 0;
    world.advance(599);
    expect(await remove()).toEqual(before);
    expect(world.calls).toEqual(['mark profile for deletion', 'reserve deletion check']);
    world.advance(1);
    await remove();
    expect(world.calls.filter((name) => name === 'search customers')).toHaveLength(1);
    expect([customers(), world.dynamodb.profiles.size, world.logs]).toEqual([0, 0, []]);
  });

  it('waits while another request asks', async () => {
    const { world, remove } = deletionScene();
    world.once('before', 'search customers', async () => {
      expect(await remove()).toEqual({ kind: 'limited', retryAfterSeconds: 1 });
    });
    expect(await remove()).toEqual(before);
    expect(world.calls.filter((name) => name === 'search customers')).toHaveLength(1);
  });

  it('asks again after a question that failed', async () => {
    const { world, remove } = deletionScene();
    world.once('before', 'search customers', () => {
      throw new Error('outage');
    });
    await expect(remove()).rejects.toThrow('outage');
    expect(await remove()).toEqual(before);
  });

  it('is answered although what it found cannot be recorded', async () => {
    const { world, remove } = deletionScene();
    world.once('before', 'settle deletion check', () => {
      throw new Error('outage');
    });
    expect(await remove()).toEqual(before);
    expect(world.metrics()).toEqual(['deletion_check_unsettled']);
    // The reservation lapses.
    expect(await remove()).toMatchObject({ kind: 'limited' });
    world.advance(30);
    expect(await remove()).toEqual(before);
  });

  it('counts only customers that exist, name the user, and are of no other pool', async () => {
    const { world, remove } = deletionScene();
    const other = world.addCustomer('ann', OTHER_POOL_ID);
    const reassigned = world.addCustomer('ann');
    const deleted = world.addCustomer('ann');
    world.once('after', 'search customers', () => {
      for (const [id, changed] of [
        [reassigned, { sub: 'ben' }],
        [deleted, { deletedMs: 0 }],
      ] as const) {
        const customer = world.stripe.customers.get(id);
        if (customer !== undefined) world.stripe.customers.set(id, { ...customer, ...changed });
      }
    });
    expect(await remove()).toEqual(before);
    expect(world.stripe.customers.get(other)?.deletedMs).toBeNull();
    expect(world.calls).not.toContain('create customer');
  });

  it.each([POOL_ID, null])(
    'deletes a customer that names the user (pool %s), and remembers that',
    async (pool) => {
      const { world, remove } = deletionScene();
      const customerId = world.addCustomer('ann', pool);
      expect(await remove()).toMatchObject({ kind: 'deleted' });
      expect(world.stripe.customers.get(customerId)?.deletedMs).not.toBeNull();
      world.calls.length = 0;
      expect(await remove()).toEqual(before);
      expect(world.calls).toEqual(['mark profile for deletion', 'reserve deletion check']);
    },
  );

  it('deletes a row or a login that is left, but not the login of another user with the name', async () => {
    const row = deletionScene();
    row.world.addRow('ann');
    expect(await row.remove()).toMatchObject({ kind: 'deleted' });
    expect(row.world.dynamodb.entitlements.size).toBe(0);
    const login = deletionScene();
    login.world.addUser('ann');
    expect(await login.remove()).toMatchObject({ kind: 'deleted' });
    expect(login.world.cognito.users.size).toBe(0);
    const renamed = deletionScene('former');
    const other = {
      username: 'former',
      email: null,
      emailVerified: false,
      givenName: null,
      familyName: null,
    };
    const users = { readUser: async () => ({ ...other, sub: 'ann', confirmed: true, enabled: true }) };
    expect(await renamed.remove({ users } as never)).toEqual(before);
  });

  it('goes by the rest in an account without a search, and the log says so', async () => {
    const { world, remove } = deletionScene();
    const billing = { ...world.systems.billing, findCustomers: async () => 'unavailable' as const };
    expect(await remove({ billing })).toEqual(before);
    expect(world.logs).toMatchObject([
      { level: 'warn', fields: { metric: 'customer_search_unavailable', user_id: 'ann' } },
    ]);
  });

  it('runs to its end if RevenueCat still knows purchases of the user', async () => {
    const { world, remove } = deletionScene();
    const asked: string[] = [];
    const stores = (purchases: readonly unknown[]) => ({
      readPurchases: async (sub: string) => {
        asked.push(sub);
        return { purchases, asOf: null };
      },
      readAliases: async () => ['ann'],
      deleteStoreCustomer: async () => {},
    });
    expect(await remove({ stores: stores([]) } as never)).toEqual(before);
    expect(asked).toEqual(['ann']);
    world.advance(600);
    expect(await remove({ stores: stores([{ billsAgain: false }]) } as never)).toMatchObject({
      kind: 'deleted',
    });
  });
});
