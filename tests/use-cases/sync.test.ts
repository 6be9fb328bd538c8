import { describe, expect, it } from 'vitest';
import { type EntitlementRow, type EntitlementState, emptyState } from '../../core/entitlement/row.ts';
import { accessStateOf } from '../../core/entitlement/state-fields.ts';
import { createSync } from '../../core/sync/sync.ts';
import type { SyncCause, SyncRequest } from '../../core/sync/sync-request.ts';
import { createAccountWorld, syncRequest } from '../support/account-world.ts';
import { DAY, subscription, T0 } from '../support/subscriptions.ts';

const paid: EntitlementState = {
  ...emptyState,
  status: 'active',
  plan: 'price_base',
  quantity: 1,
  currentPeriodEnd: T0 + 30 * DAY,
  cancelAtPeriodEnd: false,
  subscriptionId: 'sub_1',
  stripeStatus: 'active',
  features: ['feature_of_price_base'],
};
const canceled: EntitlementState = {
  ...emptyState,
  status: 'canceled',
  subscriptionId: 'sub_1',
  stripeStatus: 'canceled',
  features: [],
};
const none = { status: 'none', plan: null };

/** A user with a paid subscription that the row does not show yet. */
function scene() {
  const world = createAccountWorld();
  const { sub, customerId } = world.addAccount('ann');
  world.addSubscription({ id: 'sub_1', customerId });
  return {
    world,
    sub,
    customerId,
    rowNow: () => world.dynamodb.entitlements.get(sub),
    event: (fields: Partial<SyncRequest> = {}) => syncRequest(customerId, fields),
    mark: () =>
      world.systems.profiles.markForDeletion({ userId: sub, username: sub, at: '0', requested: true }),
    cancel: () =>
      world.stripe.subscriptions.set('sub_1', subscription({ id: 'sub_1', customerId, status: 'canceled' })),
  };
}

describe('A sync', () => {
  it('writes what Stripe lists now, with the time of the answer and the cause', async () => {
    const { world, sub, customerId, rowNow, event } = scene();
    world.advance(60);
    expect(await world.sync(event())).toEqual({ kind: 'written', sub, status: 'active', attempts: 1 });
    expect(rowNow()).toEqual({
      ...paid,
      unreadable: false,
      sub,
      trialStartedAt: null,
      updatedAt: String((T0 + 60) * 1000),
      fence: { version: 2 },
      syncedAt: T0 + 60,
      syncs: 1,
      featuresSyncedAt: T0 + 60,
      featuresOf: 'sub_1 active price_base',
      featuresRead: { by: expect.any(String), customerIds: [customerId] },
      purchasesSyncedAt: null,
      storesSyncedAt: null,
      customerIds: [customerId],
      formerCustomerIds: [],
      billingFacts: [],
      provisional: false,
      planKeys: {},
      history: [{ at: T0 + 60, by: 'evt_1', before: none, after: accessStateOf(paid) }],
    });
    expect(world.logs).toEqual([]);
  });

  it('reads the row before Stripe, and no profile for a row that lists the customer', async () => {
    const { world, event } = scene();
    await world.sync(event());
    expect(world.calls).toEqual([
      'read customer index',
      'retrieve customer',
      'lease entitlement',
      'list subscriptions',
      'announce features',
      'list features',
      'write entitlement',
    ]);
  });

  it.each<[string, SyncCause]>([
    ['evt_2', { kind: 'stripe_event', id: 'evt_2' }],
    ['request req_1', { kind: 'user', requestId: 'req_1' }],
    ['request unknown', { kind: 'user', requestId: null }],
    ['reconcile', { kind: 'reconcile' }],
  ])('is named in the history as %s', async (by, cause) => {
    const { world, rowNow, event } = scene();
    await world.sync(event({ cause }));
    expect(rowNow()?.history).toEqual([{ at: T0, by, before: none, after: accessStateOf(paid) }]);
  });

  it('ends without a call to Stripe if the row is more than 3 seconds later than the change', async () => {
    const { world, sub, customerId, rowNow, event } = scene();
    const row = world.addRow(sub, { customerIds: [customerId], syncedAt: T0 + 4 });
    expect(await world.sync(event({ sub }))).toEqual({ kind: 'already_current', sub });
    // The row is leased only if it may not include the change.
    expect(world.calls).toEqual(['lease entitlement', 'read entitlement']);
    expect(rowNow()).toEqual(row);
  });

  it.each<[string, Partial<EntitlementRow>, Partial<SyncRequest>]>([
    ['the row is only 3 seconds later', { syncedAt: T0 + 3 }, {}],
    ['the row was never synced', { syncedAt: null }, {}],
    ['the change has no known time', {}, { changedAt: null }],
    ['the event is a refund, which other syncs do not read', {}, { includesReversal: true }],
    ['the row is not confirmed', { provisional: true }, {}],
    ['the row does not list the customer', { customerIds: [] }, {}],
  ])('reads Stripe if %s', async (_, fields, request) => {
    const { world, sub, customerId, rowNow, event } = scene();
    world.addRow(sub, { customerIds: [customerId], syncedAt: T0 + 4, ...fields });
    const written = { kind: 'written', sub, status: 'active', attempts: 1 };
    expect(await world.sync(event({ sub, ...request }))).toEqual(written);
    expect(rowNow()).toMatchObject({ ...paid, customerIds: [customerId], provisional: false });
  });
});

describe('Two syncs of one user at the same time', () => {
  it('end with the state that Stripe listed last', async () => {
    const { world, sub, rowNow, event, cancel } = scene();
    world.once('after', 'list subscriptions', async () => {
      cancel();
      world.advance(1);
      await world.sync(event({ cause: { kind: 'stripe_event', id: 'evt_2' } }));
    });
    expect(await world.sync(event())).toEqual({ kind: 'written', sub, status: 'canceled', attempts: 2 });
    expect(rowNow()).toMatchObject({
      ...canceled,
      fence: { version: 3 },
      syncedAt: T0 + 1,
      history: [{ at: T0 + 1, by: 'evt_2', before: none, after: accessStateOf(canceled) }],
    });
  });

  // Another process writes the row just before each of so many writes of the sync.
  function contended(writes: number) {
    const { world, sub, customerId, rowNow, event } = scene();
    for (let version = 11; version <= 10 + writes; version += 1) {
      world.once('before', 'write entitlement', () =>
        world.addRow(sub, { customerIds: [customerId], fence: { version } }),
      );
    }
    const waits: number[] = [];
    const clock = { ...world.systems.clock, sleep: async (ms: number) => void waits.push(ms) };
    const sync = createSync({ ...world.systems, clock, owners: world.owners, random: () => 0.5 });
    return { sub, rowNow, waits, run: () => sync(event()) };
  }

  it('wait a random and growing time before each new attempt, at most 3 seconds', async () => {
    const { sub, rowNow, waits, run } = contended(8);
    expect(await run()).toEqual({ kind: 'written', sub, status: 'active', attempts: 9 });
    expect(waits).toEqual([50, 100, 200, 400, 800, 1_500, 1_500, 1_500]);
    expect(rowNow()).toMatchObject({ ...paid, fence: { version: 19 } });
  });

  it('fail after nine attempts, and leave the row to the others', async () => {
    const { rowNow, run } = contended(9);
    await expect(run()).rejects.toMatchObject({
      details: { code: 'contention', system: 'dynamodb', operation: 'sync' },
    });
    expect(rowNow()).toMatchObject({ ...emptyState, fence: { version: 19 } });
  });
});

describe('A sync of a user whose sign-up wrote no row', () => {
  function rowless() {
    const all = scene();
    all.world.dynamodb.entitlements.delete(all.sub);
    return all;
  }

  it('creates the row as provisional, and confirms it after it has read the profile again', async () => {
    const { world, sub, customerId, rowNow, event } = rowless();
    const created: unknown[] = [];
    world.once('after', 'create entitlement', () => created.push(rowNow()));
    expect(await world.sync(event())).toEqual({ kind: 'written', sub, status: 'active', attempts: 1 });
    const history = [{ at: T0, by: 'evt_1', before: none, after: accessStateOf(paid) }];
    const written = {
      unreadable: false,
      ...paid,
      sub,
      trialStartedAt: null,
      updatedAt: String(T0 * 1000),
      syncedAt: T0,
      syncs: 1,
      featuresSyncedAt: T0,
      featuresOf: 'sub_1 active price_base',
      // Without a row there is no lease, in which it could be said before.
      featuresRead: null,
      purchasesSyncedAt: null,
      storesSyncedAt: null,
      customerIds: [customerId],
      formerCustomerIds: [],
      billingFacts: [],
      planKeys: {},
      history,
    };
    expect(created).toEqual([{ ...written, fence: { version: 1 }, provisional: true }]);
    expect(rowNow()).toEqual({ ...written, fence: { version: 2 }, provisional: false });
    expect(world.calls).toEqual([
      'read customer index',
      'retrieve customer',
      'lease entitlement',
      'read entitlement',
      'read profile',
      'list subscriptions',
      'list features',
      'write customer index',
      'create entitlement',
      'read profile',
      'write entitlement',
    ]);
  });

  it.each(['deleted', 'being deleted'])('writes nothing if the account is %s', async (state) => {
    const { world, sub, rowNow, event, mark } = rowless();
    if (state === 'deleted') world.dynamodb.profiles.delete(sub);
    else await mark();
    world.calls.length = 0;
    expect(await world.sync(event())).toEqual({ kind: 'no_such_user', sub });
    const read = ['lease entitlement', 'read entitlement', 'read profile'];
    expect(world.calls).toEqual(['read customer index', 'retrieve customer', ...read]);
    expect(rowNow()).toBeUndefined();
  });

  it.each(['deleted', 'marked'])('removes the row if the profile is %s before its creation', async (how) => {
    const { world, sub, rowNow, event, mark } = rowless();
    world.once('before', 'create entitlement', async () => {
      if (how === 'deleted') world.dynamodb.profiles.delete(sub);
      else await mark();
    });
    expect(await world.sync(event())).toEqual({ kind: 'no_such_user', sub });
    expect(rowNow()).toBeUndefined();
    expect(world.dynamodb.removed).toMatchObject([{ sub, provisional: true }]);
    expect(world.calls).not.toContain('write entitlement');
  });

  it('starts over if another process creates the row first, or changes it before it is confirmed', async () => {
    const { world, sub, customerId, rowNow, event } = rowless();
    const write = () => world.addRow(sub, { customerIds: [customerId], fence: { version: 7 } });
    world.once('before', 'create entitlement', write);
    expect(await world.sync(event())).toEqual({ kind: 'written', sub, status: 'active', attempts: 2 });
    expect(world.calls[world.calls.indexOf('create entitlement') + 1]).toBe('read entitlement');
    expect(rowNow()).toMatchObject({ ...paid, fence: { version: 8 } });
    world.dynamodb.entitlements.delete(sub);
    world.once('before', 'write entitlement', write);
    expect(await world.sync(event())).toEqual({ kind: 'written', sub, status: 'active', attempts: 2 });
    expect(rowNow()).toMatchObject({ ...paid, fence: { version: 8 }, provisional: false });
  });
});

describe('A sync whose row is removed and created again', () => {
  it('does not confirm the row of the other sync: both rows begin with the same version', async () => {
    const { world, sub, rowNow, event } = scene();
    world.once('before', 'write entitlement', () => {
      world.dynamodb.profiles.delete(sub);
      world.addRow(sub, { provisional: true });
    });
    expect(await world.sync(event({ sub }))).toEqual({ kind: 'no_such_user', sub });
    expect(rowNow()).toBeUndefined();
  });
});

describe('A sync of a row that another sync has not confirmed', () => {
  function provisional() {
    const all = scene();
    all.world.addRow(all.sub, { customerIds: [all.customerId], provisional: true });
    return all;
  }

  it('keeps a row that another sync confirms in between: it may be the only record of its customers', async () => {
    const { world, sub, customerId, rowNow, event, mark } = provisional();
    world.once('before', 'remove entitlement', () =>
      world.addRow(sub, { customerIds: [customerId], fence: { version: 2 } }),
    );
    await mark();
    expect(await world.sync(event())).toEqual({ kind: 'written', sub, status: 'active', attempts: 2 });
    expect(world.dynamodb.removed).toEqual([]);
    expect(rowNow()).toMatchObject({ customerIds: [customerId], provisional: false });
  });

  it('confirms the row of a user with a profile', async () => {
    const { world, sub, rowNow, event } = provisional();
    expect(await world.sync(event())).toEqual({ kind: 'written', sub, status: 'active', attempts: 1 });
    expect(rowNow()).toMatchObject({ ...paid, provisional: false });
    expect(world.calls.filter((name) => name === 'read profile')).toHaveLength(1);
  });

  it.each(['deleted', 'being deleted'])('removes the row of an account that is %s', async (state) => {
    const { world, sub, rowNow, event, mark } = provisional();
    if (state === 'deleted') world.dynamodb.profiles.delete(sub);
    else await mark();
    world.calls.length = 0;
    expect(await world.sync(event())).toEqual({ kind: 'no_such_user', sub });
    expect(rowNow()).toBeUndefined();
    expect(world.calls).toEqual([
      'read customer index',
      'retrieve customer',
      'lease entitlement',
      'read profile',
      'remove entitlement',
      'delete from customer index',
      'end lease',
    ]);
  });
});

it('A sync never restores a row that a deletion removes in the meantime', async () => {
  const { world, sub, rowNow, event } = scene();
  world.once('before', 'write entitlement', () => {
    world.dynamodb.entitlements.delete(sub);
    world.dynamodb.profiles.delete(sub);
  });
  expect(await world.sync(event())).toEqual({ kind: 'no_such_user', sub });
  expect(rowNow()).toBeUndefined();
});
