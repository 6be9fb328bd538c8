/** An event that names no user: the index of customers spares the question to Stripe, and decides nothing. */
import { describe, expect, it } from 'vitest';
import { Fault } from '../../core/system/fault.ts';
import { createAccountWorld, OTHER_POOL_ID, syncRequest } from '../support/account-world.ts';

/** A customer that names `named`, and that the index leads to the users `indexed`. Ann's row lists it. */
function scene(named: string | null, indexed: readonly string[] = ['ann']) {
  const world = createAccountWorld();
  for (const sub of ['ann', 'ben']) world.addProfile(sub, null);
  const customerId = world.addCustomer(named, named === null ? null : OTHER_POOL_ID);
  world.addRow('ann', { customerIds: [customerId] });
  world.addRow('ben');
  world.dynamodb.index.set(customerId, indexed);
  const rowOf = (sub: string) => world.dynamodb.entitlements.get(sub);
  const addSubscription = () => world.addSubscription({ id: 'sub_1', customerId });
  return { world, customerId, rowOf, addSubscription };
}

const ofStripe = (calls: readonly string[]) => calls.filter((name) => /^(?:list|retrieve)/.test(name));

describe('The user to whom the index leads', () => {
  it('is synced without asking Stripe whom the customer names, since the list shows it', async () => {
    const { world, customerId, addSubscription } = scene('ann');
    addSubscription();
    expect(await world.sync(syncRequest(customerId))).toMatchObject({ kind: 'written', sub: 'ann' });
    expect(ofStripe(world.calls)).toEqual(['list subscriptions', 'list features']);
    expect(world.calls[0]).toBe('read customer index');
  });

  it('is synced likewise if the row does not list the customer yet', async () => {
    const { world, customerId, rowOf, addSubscription } = scene('ann');
    addSubscription();
    world.addRow('ann');
    expect(await world.sync(syncRequest(customerId))).toMatchObject({ kind: 'written', sub: 'ann' });
    expect(ofStripe(world.calls)).toEqual(['list subscriptions', 'list features']);
    expect(rowOf('ann')).toMatchObject({ status: 'active', customerIds: [customerId] });
  });

  it('costs no call to Stripe if the row includes the change', async () => {
    const { world, customerId, rowOf, addSubscription } = scene('ann');
    addSubscription();
    const changedAt = 1_700_000_000;
    world.addRow('ann', { ...rowOf('ann'), syncedAt: changedAt + 60 });
    expect(await world.sync(syncRequest(customerId, { changedAt }))).toMatchObject({
      kind: 'already_current',
    });
    expect(ofStripe(world.calls)).toEqual([]);
  });

  it('gives way to another user whom the customer names', async () => {
    const { world, customerId, rowOf, addSubscription } = scene('ben');
    addSubscription();
    expect(await world.sync(syncRequest(customerId))).toMatchObject({ kind: 'written', sub: 'ben' });
    expect(rowOf('ann')).toMatchObject({ customerIds: [customerId] });
    expect(rowOf('ben')).toMatchObject({ status: 'active', customerIds: [customerId] });
  });

  it.each([
    ['has no subscription', 'ben', 'ben'],
    ['names no one, and the row lists it', null, 'ann'],
  ])('is not believed without the customer itself if that %s', async (_, named, sub) => {
    const { world, customerId, addSubscription } = scene(named);
    if (named === null) addSubscription();
    expect(await world.sync(syncRequest(customerId))).toMatchObject({ kind: 'written', sub });
    expect(ofStripe(world.calls)).toContain('retrieve customer');
  });

  it('gets nothing of a customer that names no one, and that no record names', async () => {
    const { world, customerId, rowOf, addSubscription } = scene(null);
    addSubscription();
    world.addRow('ann');
    expect(await world.sync(syncRequest(customerId))).toEqual({ kind: 'unknown_customer' });
    expect(rowOf('ann')).toMatchObject({ status: 'none', customerIds: [] });
  });

  it('gets nothing of a customer of another stage', async () => {
    const { world, customerId, rowOf, addSubscription } = scene(null);
    addSubscription();
    const customer = world.stripe.customers.get(customerId);
    if (customer !== undefined)
      world.stripe.customers.set(customerId, { ...customer, poolId: 'eu-west-1_other' });
    expect(await world.sync(syncRequest(customerId))).toEqual({ kind: 'unknown_customer' });
    expect(rowOf('ann')).toMatchObject({ status: 'none' });
  });

  it.each([[['ann', 'ben']], [[]]])('is not guessed if the index leads to %j', async (indexed) => {
    const { world, customerId, addSubscription } = scene('ann', indexed);
    addSubscription();
    expect(await world.sync(syncRequest(customerId))).toMatchObject({ kind: 'written', sub: 'ann' });
    expect(world.calls.slice(0, 2)).toEqual(['read customer index', 'retrieve customer']);
  });

  it('is not needed: an index that cannot be read holds up nothing', async () => {
    const { world, customerId, addSubscription } = scene('ann');
    addSubscription();
    const fault = new Fault({ code: 'unavailable', system: 'dynamodb', operation: 'read customer index' });
    world.once('before', 'read customer index', () => Promise.reject(fault));
    expect(await world.sync(syncRequest(customerId))).toMatchObject({ kind: 'written', sub: 'ann' });
  });

  it('is not guessed for a customer that is deleted, of which there is no list', async () => {
    const { world, customerId, addSubscription } = scene('ann');
    addSubscription();
    await world.systems.billing.deleteCustomer(customerId);
    world.calls.length = 0;
    const request = syncRequest(customerId, { customerDeleted: true });
    expect(await world.sync(request)).toMatchObject({ kind: 'written', sub: 'ann', status: 'canceled' });
    expect(world.calls.slice(0, 2)).toEqual(['read customer index', 'retrieve customer']);
  });
});

describe('What a sync has added to the index before another one wrote the row', () => {
  it.each([
    ['goes if the user is being deleted', 'marked', []],
    ['goes if the user is deleted', 'deleted', []],
    ['stays for a user who exists', 'live', ['ann']],
    ['stays for a row whose profile is lost', 'without a profile', ['ann']],
  ])('%s', async (_, fate, indexed) => {
    const { world, customerId, addSubscription, rowOf } = scene('ann', []);
    addSubscription();
    world.addRow('ann');
    const changedAt = 1_700_000_000;
    world.once('before', 'write entitlement', async () => {
      world.addRow('ann', { customerIds: [customerId], syncedAt: changedAt + 60, fence: { version: 9 } });
      const at = '2026-01-01T00:00:00.000Z';
      if (fate === 'marked')
        await world.systems.profiles.markForDeletion({ userId: 'ann', username: null, at, requested: true });
      if (fate === 'deleted' || fate === 'without a profile') world.dynamodb.profiles.delete('ann');
    });
    if (fate === 'deleted')
      world.once('after', 'read profile', () => {
        // The row was read before, and the deletion has removed it since.
        world.once('after', 'read profile', () => void world.dynamodb.entitlements.delete('ann'));
      });
    const request = syncRequest(customerId, { sub: 'ann', changedAt });
    expect(await world.sync(request)).toEqual({ kind: 'already_current', sub: 'ann' });
    expect(world.dynamodb.index.get(customerId) ?? []).toEqual(indexed);
    expect(rowOf('ann') === undefined).toBe(fate === 'deleted');
  });
});
