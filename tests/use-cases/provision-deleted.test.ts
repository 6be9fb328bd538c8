import { describe, expect, it } from 'vitest';
import { contention, ready, provisionScene as scene } from './provision-scene.ts';

describe('Provisioning of an account that is deleted at the same time', () => {
  it('removes the row that it created for an account that is marked by then', async () => {
    const { world, provision, stored, isDeleted } = scene();
    world.once('after', 'create entitlement', () =>
      world.systems.profiles.markForDeletion({ userId: 'ann', username: null, at: '0', requested: true }),
    );
    expect(await provision()).toEqual({ kind: 'deleted' });
    expect(stored().row).toBeUndefined();
    // The deletion ends the rest.
    expect([stored().profile?.deletion?.requested, isDeleted('cus_1')]).toEqual([true, false]);
  });

  it('ends the customer, the profile and the row if Cognito does not know the user after the last write', async () => {
    const { world, provision, stored, isDeleted } = scene();
    world.once('before', 'find user', () => world.cognito.users.clear());
    expect(await provision()).toEqual({ kind: 'deleted' });
    expect(stored()).toEqual({ profile: undefined, row: undefined });
    expect(isDeleted('cus_1')).toBe(true);
    const ending = ['retrieve customer', 'expire checkouts', 'delete customer'];
    const rollBack = [
      'delete from customer index',
      'remove profile',
      'read profile',
      'read entitlement',
      'remove entitlement',
    ];
    expect(world.calls.slice(-12)).toEqual([
      'create entitlement',
      'read profile',
      'find user',
      'list subscriptions',
      ...ending,
      ...rollBack,
    ]);
  });

  it.each([true, false])(
    'removes a row that lists the customer without another question about it (Stripe knows it: %s)',
    async (isKnown) => {
      const { world, provision, stored } = scene();
      world.once('before', 'find user', () => {
        world.cognito.users.clear();
        world.addRow('ann', { customerIds: ['cus_1'] });
        if (!isKnown) world.stripe.customers.delete('cus_1');
      });
      expect(await provision()).toEqual({ kind: 'deleted' });
      expect(stored()).toEqual({ profile: undefined, row: undefined });
      const rollBack = [
        'read profile',
        'read entitlement',
        'remove entitlement',
        'delete from customer index',
      ];
      expect(world.calls.slice(world.calls.indexOf('remove profile') + 1)).toEqual(rollBack);
    },
  );

  it('is ready if only the record of the profile is lost after the last write', async () => {
    const { world, provision } = scene();
    world.once('after', 'create entitlement', () => world.dynamodb.profiles.clear());
    expect(await provision()).toEqual(ready('cus_1'));
  });

  it('asks Cognito by the username, because a listing does not show a new user at once', async () => {
    const { world, provision } = scene();
    world.cognito.createdMs.set('ann', world.systems.clock.nowMs());
    expect(await provision()).toEqual(ready('cus_1'));
  });

  it('ends the customer if the profile disappears together with the user', async () => {
    const { world, provision, stored, isDeleted } = scene();
    world.once('before', 'link customer', () => {
      world.dynamodb.profiles.clear();
      world.cognito.users.clear();
    });
    expect(await provision()).toEqual({ kind: 'deleted' });
    expect(isDeleted('cus_1')).toBe(true);
    expect(stored()).toEqual({ profile: undefined, row: undefined });
    const ending = ['retrieve customer', 'expire checkouts', 'delete customer'];
    expect(world.calls.slice(-9)).toEqual([
      'link customer',
      'find user',
      'list subscriptions',
      ...ending,
      // A sync may have created a row.
      'find user',
      'read profile',
      'read entitlement',
    ]);
  });

  it.each([
    ['active', false],
    ['incomplete', false],
    ['canceled', true],
    ['incomplete_expired', true],
  ] as const)(
    'leaves a customer with a subscription that is %s to the gate, unless it has ended',
    async (status, ends) => {
      const { world, provision, stored, isDeleted } = scene();
      const customerId = world.addCustomer('ann');
      world.addSubscription({ id: 'sub_1', customerId, status });
      world.once('before', 'find user', () => world.cognito.users.clear());
      expect(await provision()).toEqual({ kind: 'deleted' });
      expect([isDeleted(customerId), world.stripe.subscriptions.get('sub_1')?.status]).toEqual([
        ends,
        status,
      ]);
      expect(stored().profile).toBeUndefined();
    },
  );

  it('ends nothing if only the profile disappears', async () => {
    const { world, provision, isDeleted } = scene();
    world.once('before', 'link customer', () => world.dynamodb.profiles.clear());
    await expect(provision()).rejects.toMatchObject({ details: contention });
    expect(isDeleted('cus_1')).toBe(false);
    expect(world.calls.at(-1)).toBe('find user');
  });

  it.each([
    ['names no pool', { poolId: null }, 'ending_refused'],
    ['names no user', { sub: null, poolId: null }, 'ending_refused'],
    ['names another user', { sub: 'ben' }, 'owner_contradiction'],
  ])('keeps a customer that %s by then', async (_case, stamp, metric) => {
    const { world, provision, restamp, isDeleted } = scene();
    world.once('before', 'find user', () => {
      world.cognito.users.clear();
      restamp('cus_1', stamp);
    });
    expect(await provision()).toEqual({ kind: 'deleted' });
    expect(isDeleted('cus_1')).toBe(false);
    expect(world.metrics()).toEqual([metric]);
  });

  it('keeps the row that is the only record of a customer that is kept', async () => {
    const { world, provision, restamp, stored } = scene();
    world.once('before', 'find user', () => {
      world.cognito.users.clear();
      restamp('cus_1', { poolId: null });
      const { entitlements } = world.dynamodb;
      const row = entitlements.get('ann');
      if (row !== undefined) entitlements.set('ann', { ...row, customerIds: ['cus_1'] });
    });
    expect(await provision()).toEqual({ kind: 'deleted' });
    expect(stored().row?.customerIds).toEqual(['cus_1']);
  });
});
