import { describe, expect, it } from 'vitest';
import { createGrant } from '../../core/grants/grants.ts';
import { OTHER_POOL_ID } from '../support/account-world.ts';
import { T0 } from '../support/subscriptions.ts';
import { byStripe, checkoutScene, hash, otherRequest, request, usual } from './checkout-scene.ts';

const session = (id: string, fields: Record<string, unknown> = {}) => ({
  kind: 'session',
  session: expect.objectContaining({ id, status: 'open', url: `https://checkout.example/${id}`, ...fields }),
  noTrial: 'not_offered',
});

const keyOf = (order: unknown, seen: readonly string[]) =>
  `checkout-${hash(JSON.stringify(['session', order, seen, 0]))}`;

describe('A checkout', () => {
  it('reads Stripe, opens the session, and reads Stripe, the profile and the row again', async () => {
    const { world, buy } = checkoutScene();
    expect(await buy()).toEqual(session('cs_001', { expiresAt: T0 + 3_600, trialDays: null }));
    expect(world.calls).toEqual([
      'read request count',
      'find user',
      'count request',
      'fill in profile',
      'search customers',
      'read profile',
      'retrieve customer',
      'update customer',
      'create entitlement',
      'read profile',
      'find user',
      'read entitlement',
      'list checkouts',
      'list schedules',
      'list subscriptions',
      'open checkout',
      'list checkouts',
      'list schedules',
      'read profile',
      'read entitlement',
      'list subscriptions',
    ]);
  });

  it('orders what was requested, for the user and the customer, without a trial', async () => {
    const { sub, customerId, orders, buy } = checkoutScene();
    await buy();
    const fingerprint = hash(JSON.stringify(['order', request, usual.terms, usual.collection])).slice(0, 32);
    const order = { ...request, sub, customerId, fingerprint, ...usual, expiresAt: T0 + 3_600 };
    // Equal on every installation and version, so that a deployment between two clicks opens no second session.
    expect(orders).toEqual([{ order, key: keyOf(order, []), generation: 0 }]);
  });

  it('lasts at least an hour, to the next ten minutes, so that a double click sends one order', async () => {
    const { world, orders, buy, setStatus } = checkoutScene();
    world.advance(1);
    await buy();
    expect(orders[0]?.order.expiresAt).toBe(T0 + 600 + 3_600);
    setStatus('cs_001', 'expired');
    world.advance(599);
    await buy(otherRequest);
    expect(orders[1]?.order.expiresAt).toBe(T0 + 600 + 3_600);
  });

  it('opens a session under a key of all sessions before it, whichever is the newest', async () => {
    const { orders, buy, putSession } = checkoutScene();
    putSession('cs_b', { status: 'expired' });
    putSession('cs_z', { status: 'expired', createdMs: (T0 - 1) * 1000 });
    putSession('cs_a', { status: 'complete' });
    await buy();
    expect(orders).toMatchObject([{ key: keyOf(orders[0]?.order, ['cs_a', 'cs_b', 'cs_z']) }]);
  });

  it('goes to another key while Stripe replays failures, and gives up after six', async () => {
    const failing = (failures: number) => {
      const scene = checkoutScene();
      const { sessions } = scene.world.systems;
      const open = sessions.open.bind(sessions);
      const seen: string[] = [];
      Object.assign(sessions, {
        open: async (...[order, opening]: Parameters<typeof open>) => {
          seen.push(opening.key);
          return opening.generation < failures ? 'failure_stored' : open(order, opening);
        },
      });
      return { ...scene, seen, buy: checkoutScene({ sessions }).buy };
    };
    const five = failing(5);
    expect(await five.buy()).toMatchObject({ kind: 'session' });
    expect(new Set(five.seen).size).toBe(6);
    const six = failing(6);
    await expect(six.buy()).rejects.toMatchObject({
      details: { code: 'unavailable', system: 'stripe', reason: 'opening_failures_stored' },
    });
    expect(new Set(six.seen).size).toBe(6);
  });

  it('offers the open session again to an equal request', async () => {
    const { orders, buy, statuses } = checkoutScene();
    const first = await buy();
    expect(await buy()).toEqual(first);
    expect(orders).toHaveLength(1);
    expect(statuses()).toEqual({ cs_001: 'open' });
  });

  it('expires the open session of another request', async () => {
    const { buy, statuses } = checkoutScene();
    await buy();
    expect(await buy(otherRequest)).toEqual(session('cs_002'));
    expect(statuses()).toEqual({ cs_001: 'expired', cs_002: 'open' });
  });

  it('cancels a subscription that was never paid, and goes on without reading it again', async () => {
    const { world, customerId, buy, statuses, callsOf } = checkoutScene();
    await buy();
    world.calls.length = 0;
    world.addSubscription({ id: 'sub_1', customerId, status: 'incomplete' });
    world.addSubscription({ id: 'sub_2', customerId, status: 'incomplete_expired' });
    expect(await buy()).toEqual(session('cs_002'));
    expect(world.stripe.subscriptions.get('sub_1')?.status).toBe('canceled');
    expect(world.stripe.subscriptions.get('sub_2')?.status).toBe('incomplete_expired');
    expect(statuses()).toEqual({ cs_001: 'expired', cs_002: 'open' });
    // Once before the session is opened, and once after.
    expect(callsOf('list subscriptions')).toBe(2);
  });

  it('keeps a subscription that is paid at this moment, and opens no session', async () => {
    const { world, customerId, orders, buy } = checkoutScene();
    world.addSubscription({ id: 'sub_1', customerId, status: 'incomplete' });
    world.once('before', 'cancel incomplete subscription', () =>
      world.addSubscription({ id: 'sub_1', customerId, status: 'active' }),
    );
    expect(await buy()).toEqual({ kind: 'already_subscribed', payer: byStripe });
    expect(world.stripe.subscriptions.get('sub_1')?.status).toBe('active');
    expect(orders).toEqual([]);
  });

  it('keeps a subscription whose session is completed at this moment: its payment is pending', async () => {
    const { world, customerId, orders, buy, putSession } = checkoutScene();
    putSession('cs_a');
    world.once('before', 'list subscriptions', () => {
      putSession('cs_a', { status: 'complete', paymentPending: true });
      world.addSubscription({ id: 'sub_1', customerId, status: 'incomplete' });
    });
    expect(await buy()).toEqual({ kind: 'already_subscribed', payer: byStripe });
    expect(world.stripe.subscriptions.get('sub_1')?.status).toBe('incomplete');
    expect([orders, world.calls.includes('cancel incomplete subscription')]).toEqual([[], false]);
  });

  it('is refused to a subscriber, whose open sessions expire', async () => {
    const { world, customerId, orders, buy, putSession, statuses } = checkoutScene();
    putSession('cs_a');
    putSession('cs_b');
    putSession('cs_c', { status: 'complete' });
    world.addSubscription({ id: 'sub_1', customerId });
    expect(await buy()).toEqual({ kind: 'already_subscribed', payer: byStripe });
    expect(orders).toEqual([]);
    expect(statuses()).toEqual({ cs_a: 'expired', cs_b: 'expired', cs_c: 'complete' });
    expect(world.stripe.subscriptions.get('sub_1')?.status).toBe('active');
  });
});

describe('A checkout of a user whose account has ended', () => {
  const poolUser = { username: 'ann', email: null, emailVerified: false, givenName: null, familyName: null };

  it('is refused for a user that Cognito does not know', async () => {
    const { world, buy } = checkoutScene();
    world.cognito.users.delete('ann');
    expect(await buy()).toEqual({ kind: 'account_deleted' });
    expect(world.calls).toEqual(['read request count', 'find user']);
  });

  it.each([
    ['who is disabled', { sub: 'ann', enabled: false }],
    ['whose name another user has by now', { sub: 'ben', enabled: true }],
  ])('is refused for a user %s', async (_, found) => {
    const asked: unknown[] = [];
    const { world, buy } = checkoutScene({
      users: {
        readUser: async (query) => {
          asked.push(query);
          return { ...poolUser, confirmed: true, ...found };
        },
      },
    });
    expect(await buy()).toEqual({ kind: 'account_deleted' });
    expect(asked).toEqual([{ sub: 'ann', username: 'ann' }]);
    expect(world.calls).toEqual(['read request count']);
  });

  it('is refused while the account is being deleted', async () => {
    const { world, sub, orders, buy } = checkoutScene();
    await world.systems.profiles.markForDeletion({ userId: sub, username: sub, at: '0', requested: true });
    expect(await buy()).toEqual({ kind: 'account_deleted' });
    expect(orders).toEqual([]);
  });

  it('is refused if the customer of the profile is another user’s', async () => {
    const { world, sub, orders, buy } = checkoutScene();
    world.addProfile(sub, world.addCustomer('ben'));
    expect(await buy()).toEqual({ kind: 'contradiction' });
    expect(orders).toEqual([]);
    expect(world.calls).not.toContain('read entitlement');
  });
});

describe('A checkout of a user with several customers', () => {
  it('counts a subscription of any customer that the row lists', async () => {
    const { world, sub, customerId, orders, buy } = checkoutScene();
    const second = world.addCustomer(sub);
    const unnamed = world.addCustomer(null, null);
    world.addRow(sub, { customerIds: [customerId, second, unnamed] });
    expect(await buy()).toMatchObject({ kind: 'session' });
    world.addSubscription({ id: 'sub_1', customerId: unnamed });
    expect(await buy()).toEqual({ kind: 'already_subscribed', payer: byStripe });
    world.stripe.subscriptions.delete('sub_1');
    world.addSubscription({ id: 'sub_2', customerId: second });
    expect(await buy()).toEqual({ kind: 'already_subscribed', payer: byStripe });
    expect(orders).toHaveLength(1);
  });

  it('reads each customer once', async () => {
    const { world, sub, customerId, buy, callsOf } = checkoutScene();
    world.addRow(sub, { customerIds: [customerId, world.addCustomer(sub)] });
    await buy();
    // Two reads of the two customers, one before and one after the session was opened.
    expect(callsOf('list checkouts')).toBe(4);
    expect(callsOf('list subscriptions')).toBe(4);
    expect(callsOf('retrieve customer')).toBe(2);
  });

  it('reads all sessions and schedules before the first subscription, so that what is paid or starts in between is noticed', async () => {
    const { world, sub, customerId, buy } = checkoutScene();
    world.addRow(sub, { customerIds: [customerId, world.addCustomer(sub)] });
    await buy();
    const lists = world.calls
      .slice(0, world.calls.indexOf('open checkout'))
      .filter((name) => name.startsWith('list'));
    const first = ['list checkouts', 'list checkouts', 'list schedules', 'list schedules'];
    expect(lists).toEqual([...first, 'list subscriptions', 'list subscriptions']);
  });

  it('leaves the sessions and subscriptions of a customer that names another user alone', async () => {
    const { world, sub, customerId, buy, putSession, statuses, callsOf } = checkoutScene();
    const foreign = world.addCustomer('ben', OTHER_POOL_ID);
    world.addRow(sub, { customerIds: [foreign, customerId] });
    world.addSubscription({ id: 'sub_1', customerId: foreign, status: 'incomplete' });
    world.addSubscription({ id: 'sub_2', customerId: foreign });
    const order = { ...request, sub: 'ben', customerId: foreign, fingerprint: 'other', ...usual };
    putSession('cs_a', { order: { ...order, expiresAt: T0 + 3_600 } });
    expect(await buy()).toEqual(session('cs_002'));
    expect(statuses()).toEqual({ cs_a: 'open', cs_002: 'open' });
    expect(world.stripe.subscriptions.get('sub_1')?.status).toBe('incomplete');
    expect(callsOf('list checkouts')).toBe(2);
  });

  it('leaves those of a customer that names no user alone if a live subscription of it names another user', async () => {
    const { world, sub, customerId, buy, putSession, statuses } = checkoutScene();
    const unnamed = world.addCustomer(null, null);
    world.addRow(sub, { customerIds: [unnamed, customerId] });
    world.addSubscription({ id: 'sub_1', customerId: unnamed, status: 'incomplete' });
    world.addSubscription({ id: 'sub_2', customerId: unnamed });
    world.stripe.mislabeled.set('sub_2', 'ben');
    const order = { ...request, sub: 'ben', customerId: unnamed, fingerprint: 'other', ...usual };
    putSession('cs_a', { order: { ...order, expiresAt: T0 + 3_600 } });
    expect(await buy()).toEqual(session('cs_002'));
    expect(statuses()).toEqual({ cs_a: 'open', cs_002: 'open' });
    expect(world.stripe.subscriptions.get('sub_1')?.status).toBe('incomplete');
  });

  it('expires what is still open of a customer that was deleted by hand', async () => {
    const { world, sub, customerId, buy, putSession, statuses } = checkoutScene();
    const second = world.addCustomer(sub);
    world.addRow(sub, { customerIds: [second, customerId] });
    const order = { ...request, sub, customerId: second, fingerprint: 'other', ...usual };
    putSession('cs_a', { order: { ...order, expiresAt: T0 + 3_600 } });
    const stub = world.stripe.customers.get(second);
    if (stub !== undefined) world.stripe.customers.set(second, { ...stub, deletedMs: 0 });
    expect(await buy()).toEqual(session('cs_002'));
    expect(statuses()).toEqual({ cs_a: 'expired', cs_002: 'open' });
  });

  it('finds nothing of a customer that Stripe has never known', async () => {
    const { world, sub, customerId, orders, buy } = checkoutScene();
    world.addRow(sub, { customerIds: [customerId, 'cus_unknown'] });
    expect(await buy()).toEqual(session('cs_001'));
    expect(orders).toMatchObject([{ key: keyOf(orders[0]?.order, []) }]);
  });

  it('counts a subscription of a customer that names the user and that no row lists', async () => {
    const { world, sub, orders, buy, putSession, statuses } = checkoutScene();
    const unlisted = world.addCustomer(sub, null);
    const order = { ...request, sub, customerId: unlisted, fingerprint: 'other', ...usual };
    putSession('cs_a', { order: { ...order, expiresAt: T0 + 3_600 } });
    world.addSubscription({ id: 'sub_1', customerId: unlisted });
    expect(await buy()).toEqual({ kind: 'already_subscribed', payer: byStripe });
    expect([orders, statuses()]).toEqual([[], { cs_a: 'expired' }]);
  });

  it('leaves a customer that the search finds alone if it names another user by now', async () => {
    const { world, sub, buy, callsOf } = checkoutScene();
    const foreign = world.addCustomer(sub, null);
    world.addSubscription({ id: 'sub_1', customerId: foreign });
    world.once('after', 'search customers', () => {
      const customer = world.stripe.customers.get(foreign);
      if (customer !== undefined) world.stripe.customers.set(foreign, { ...customer, sub: 'ben' });
    });
    expect(await buy()).toEqual(session('cs_001'));
    expect(callsOf('list subscriptions')).toBe(2);
  });

  it('goes by the listed customers in an account without a search, and the log says so', async () => {
    const { world, buy, sub } = checkoutScene();
    const billing = { ...world.systems.billing, findCustomers: async () => 'unavailable' as const };
    const without = checkoutScene({ billing });
    expect(await without.buy()).toEqual(session('cs_001'));
    expect(without.world.logs).toMatchObject([
      { level: 'warn', fields: { metric: 'customer_search_unavailable', user_id: sub } },
    ]);
    expect(await buy()).toEqual(session('cs_001'));
    expect(world.logs).toEqual([]);
  });

  it('uses the customer of the profile if the row is lost', async () => {
    const { world, sub, customerId, orders, buy, callsOf } = checkoutScene();
    world.once('before', 'read entitlement', () => world.dynamodb.entitlements.delete(sub));
    expect(await buy()).toEqual(session('cs_001'));
    expect(orders).toMatchObject([{ order: { customerId } }]);
    expect(callsOf('list checkouts')).toBe(2);
  });
});

describe('A checkout of a user whose subscription starts later', () => {
  const coming = [{ scheduleId: 'sub_sched_1', items: [{ role: null }] }];

  it('is refused, whichever customer it is for, and open sessions expire', async () => {
    const { world, sub, customerId, orders, buy, putSession, statuses } = checkoutScene();
    const second = world.addCustomer(sub);
    world.addRow(sub, { customerIds: [customerId, second] });
    putSession('cs_a');
    Object.assign(world.systems.billing, { listComing: async (id: string) => (id === second ? coming : []) });
    expect(await buy()).toEqual({ kind: 'already_subscribed', payer: byStripe });
    expect([orders, statuses()]).toEqual([[], { cs_a: 'expired' }]);
  });

  it('is refused if the schedule is made while the session is opened', async () => {
    const { world, buy, statuses } = checkoutScene();
    world.once('after', 'open checkout', () => {
      Object.assign(world.systems.billing, { listComing: async () => coming });
    });
    expect(await buy()).toEqual({ kind: 'already_subscribed', payer: byStripe });
    expect(statuses()).toEqual({ cs_001: 'expired' });
  });

  it('opens a session if the key may not read schedules, and the log says so once', async () => {
    const { world, sub, buy } = checkoutScene();
    Object.assign(world.systems.billing, { listComing: async () => 'unavailable' });
    expect(await buy()).toEqual(session('cs_001'));
    expect(world.logs).toMatchObject([
      { level: 'warn', fields: { metric: 'schedules_unavailable', user_id: sub } },
    ]);
  });
});

describe('A checkout of a user with a grant', () => {
  it('opens a session: what was given away keeps no one from buying, also without an end', async () => {
    const { world, sub, buy } = checkoutScene();
    const grant = createGrant({ ...world.systems, random: () => 0, hash });
    await grant(sub, { plan: 'pro', features: [], until: null, by: 'anna', reason: 'Partner' });
    expect(world.dynamodb.entitlements.get(sub)).toMatchObject({ status: 'active' });
    expect(await buy()).toEqual(session('cs_001'));
  });
});
