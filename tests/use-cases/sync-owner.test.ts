import { describe, expect, it } from 'vitest';
import {
  type AccountWorld,
  createAccountWorld,
  OTHER_POOL_ID,
  syncRequest,
} from '../support/account-world.ts';

/** Two users with rows and profiles that name no customer yet. */
function scene() {
  const world = createAccountWorld();
  for (const sub of ['ann', 'ben']) {
    world.addProfile(sub, null);
    world.addRow(sub);
  }
  const addPaying = (sub: string | null): string => {
    const customerId = world.addCustomer(sub, sub === null ? null : OTHER_POOL_ID);
    world.addSubscription({ id: 'sub_1', customerId });
    return customerId;
  };
  return {
    world,
    addPaying,
    customersOf: (sub: string) => world.dynamodb.entitlements.get(sub)?.customerIds,
    /** The calls until the subscriptions are listed. */
    callsBeforeList: () => world.calls.slice(0, world.calls.indexOf('list subscriptions')),
  };
}

const writtenFor = (sub: string, attempts = 1) => ({ kind: 'written', sub, status: 'active', attempts });

describe('The owner of a customer', () => {
  it('is the user that its metadata name, which are read once', async () => {
    const { world, addPaying, customersOf, callsBeforeList } = scene();
    const customerId = addPaying('ann');
    expect(await world.sync(syncRequest(customerId))).toEqual(writtenFor('ann'));
    expect(customersOf('ann')).toEqual([customerId]);
    expect(callsBeforeList()).toEqual([
      'read customer index',
      'retrieve customer',
      'lease entitlement',
      'read profile',
    ]);
    world.calls.length = 0;
    expect(await world.sync(syncRequest(customerId))).toEqual(writtenFor('ann'));
    expect(callsBeforeList()).toEqual(['lease entitlement']);
  });

  it('is read from the list of subscriptions if the event names the user', async () => {
    const { world, addPaying, callsBeforeList } = scene();
    const customerId = addPaying('ann');
    expect(await world.sync(syncRequest(customerId, { sub: 'ann' }))).toEqual(writtenFor('ann'));
    expect(callsBeforeList()).toEqual(['lease entitlement', 'read profile']);
    expect(world.calls).not.toContain('retrieve customer');
    expect(world.calls.filter((name) => name === 'list subscriptions')).toHaveLength(1);
    expect([...world.owners]).toEqual([[customerId, 'ann']]);
    expect(world.logs).toEqual([]);
    world.addRow('ann');
    world.calls.length = 0;
    await world.sync(syncRequest(customerId, { sub: 'ann' }));
    expect(callsBeforeList()).toEqual(['lease entitlement', 'read profile']);
    world.owners.clear();
    world.calls.length = 0;
    await world.sync(syncRequest(customerId, { sub: 'ann' }));
    expect(callsBeforeList()).toEqual(['lease entitlement']);
  });

  it.each([true, false])(
    'is the user that it names by now, not the one remembered (who has a row: %s)',
    async (row) => {
      const { world, addPaying, customersOf } = scene();
      const customerId = addPaying('ben');
      world.owners.set(customerId, 'ann');
      if (!row) world.dynamodb.entitlements.delete('ann');
      expect(await world.sync(syncRequest(customerId))).toEqual(writtenFor('ben', 2));
      expect(world.dynamodb.entitlements.get('ann')).toMatchObject({ status: 'none', customerIds: [] });
      expect(customersOf('ben')).toEqual([customerId]);
    },
  );

  it('is unknown if neither the event nor the customer names a user', async () => {
    const { world, addPaying } = scene();
    expect(await world.sync(syncRequest(addPaying(null)))).toEqual({ kind: 'unknown_customer' });
    expect(world.calls).toEqual(['read customer index', 'retrieve customer']);
    expect([...world.owners]).toEqual([]);
  });

  it('is read from the customer if the event names the user, and there is no subscription yet', async () => {
    const { world } = scene();
    const customerId = world.addCustomer('ben', OTHER_POOL_ID);
    expect(await world.sync(syncRequest(customerId, { sub: 'ann' }))).toMatchObject({ sub: 'ben' });
    expect(world.calls.filter((name) => name === 'retrieve customer')).toHaveLength(1);
  });

  it('is unknown if the customer is deleted and no event names a user', async () => {
    const { world, addPaying } = scene();
    const customerId = addPaying('ann');
    await world.systems.billing.deleteCustomer(customerId);
    expect(await world.sync(syncRequest(customerId))).toEqual({ kind: 'unknown_customer' });
    expect([...world.owners]).toEqual([]);
  });

  it.each([
    ['row', ({ entitlements }: AccountWorld['dynamodb']) => entitlements.delete('ann')],
    ['profile', ({ profiles }: AccountWorld['dynamodb']) => profiles.delete('ann')],
    ['customer', () => undefined],
  ])('is the user of the event if the customer names none, also a user without a %s', async (_, lose) => {
    const { world, addPaying, customersOf } = scene();
    const customerId = addPaying(null);
    lose(world.dynamodb);
    expect(await world.sync(syncRequest(customerId, { sub: 'ann' }))).toEqual(writtenFor('ann'));
    expect(customersOf('ann')).toEqual([customerId]);
    expect([...world.owners]).toEqual([]);
    expect(world.logs).toEqual([]);
  });

  it('is the user of the event if that reports the deletion of the customer', async () => {
    const { world, addPaying, customersOf, callsBeforeList } = scene();
    const customerId = addPaying('ann');
    await world.systems.billing.deleteCustomer(customerId);
    world.calls.length = 0;
    const request = syncRequest(customerId, { sub: 'ann', customerDeleted: true });
    expect(await world.sync(request)).toEqual({ ...writtenFor('ann'), status: 'canceled' });
    expect(customersOf('ann')).toEqual([customerId]);
    expect(callsBeforeList()).toEqual(['lease entitlement', 'read profile']);
  });

  it.each(['event', 'profile'])('is the user of its metadata if the %s names another one', async (source) => {
    const { world, addPaying, customersOf } = scene();
    const customerId = addPaying('ann');
    if (source === 'profile') world.addProfile('ben', customerId);
    const before = world.dynamodb.entitlements.get('ben');
    expect(await world.sync(syncRequest(customerId, { sub: 'ben' }))).toEqual(writtenFor('ann', 2));
    expect(customersOf('ann')).toEqual([customerId]);
    expect(world.dynamodb.entitlements.get('ben')).toEqual(before);
    expect(world.logs).toMatchObject([{ level: 'warn' }]);
    expect(world.logs[0]?.fields).toEqual({
      metric: 'owner_contradiction',
      event_id: 'evt_1',
      customer_id: customerId,
      user_id: 'ann',
      other_user_id: 'ben',
      other_source: source,
    });
  });

  it('is the user of its metadata also if the event names a user who does not exist', async () => {
    const { world, addPaying, customersOf } = scene();
    const customerId = addPaying('ann');
    expect(await world.sync(syncRequest(customerId, { sub: 'unknown' }))).toEqual(writtenFor('ann', 2));
    expect(customersOf('ann')).toEqual([customerId]);
    expect(customersOf('unknown')).toBeUndefined();
    expect(world.logs.map(({ fields }) => fields['other_source'])).toEqual(['event']);
  });
});
