import { describe, expect, it } from 'vitest';
import { createProvision } from '../../core/account/provision.ts';
import { OTHER_POOL_ID, POOL_ID } from '../support/account-world.ts';
import {
  ann,
  CHECK,
  contention,
  END,
  ready,
  row,
  START,
  provisionScene as scene,
} from './provision-scene.ts';

describe('Provisioning', () => {
  it('creates the profile, the customer with its contact, and the row, and then asks Cognito again', async () => {
    const { world, provision, stored, written, contacts, created } = scene();
    const createdAt = world.systems.clock.nowIso();
    expect(await provision()).toEqual(ready('cus_1'));
    const profile = { userId: 'ann', customerId: 'cus_1', deletion: null, createdAt };
    expect(stored()).toEqual({ profile, row });
    expect(written).toEqual([
      { userId: 'ann', email: 'ann@example.com', givenName: 'Ann', familyName: 'Lee', createdAt },
    ]);
    expect(created).toEqual([{ poolId: POOL_ID, sub: 'ann', replaces: null }]);
    const contact = { poolId: POOL_ID, sub: 'ann', email: 'ann@example.com', name: 'Ann Lee' };
    expect(contacts).toEqual([{ id: 'cus_1', ...contact }]);
    const search = ['search customers', 'read entitlement', 'create customer'];
    const creation = [...search, ...CHECK, 'link customer', 'write customer index'];
    expect(world.calls).toEqual([...START, ...creation, ...END]);
    expect(world.logs).toEqual([]);
  });

  it.each([
    ['Ann', null, 'Ann'],
    [null, 'Lee', 'Lee'],
    [null, null, null],
  ])(
    'names the customer by the parts of the name that are known (%s, %s)',
    async (givenName, familyName, name) => {
      const { provision, contacts } = scene();
      await provision(null, { ...ann, givenName, familyName });
      expect(contacts).toMatchObject([{ name }]);
    },
  );

  it('keeps the profile, the customer and the row that exist', async () => {
    const { world, provision, stored } = scene();
    const customerId = world.addCustomer('ann');
    world.addCustomer('ann');
    world.addProfile('ann', customerId);
    world.addRow('ann', { customerIds: [customerId] });
    const before = stored();
    expect(await provision('cus_2')).toEqual(ready(customerId));
    expect(stored()).toEqual(before);
    expect(world.calls).toEqual([...START, ...CHECK, ...END]);
    expect(world.stripe.customers.size).toBe(2);
  });

  it('writes nothing for an account that is being deleted', async () => {
    const mark = { userId: 'ann', username: null, at: '1', requested: true };
    const marked = scene();
    await marked.world.systems.profiles.markForDeletion(mark);
    marked.world.calls.length = 0;
    expect(await marked.provision()).toEqual({ kind: 'deleted' });
    expect(marked.world.calls).toEqual(['fill in profile']);

    const later = scene();
    const { profiles } = later.world.systems;
    later.world.once('after', 'fill in profile', () => profiles.markForDeletion(mark));
    expect(await later.provision()).toEqual({ kind: 'deleted' });
    const first = ['fill in profile', 'mark profile for deletion', 'read profile'];
    expect(later.world.calls).toEqual([...first, 'find user']);

    const gone = scene();
    gone.world.once('after', 'fill in profile', () => gone.world.dynamodb.profiles.clear());
    expect(await gone.provision()).toEqual({ kind: 'deleted' });
    expect(gone.world.calls).toEqual([...START, 'find user']);
  });

  it('removes the row that a sync created from its profile, unless it lists a customer that is left', async () => {
    for (const isLeft of [false, true]) {
      const { world, provision, stored } = scene();
      const customerId = world.addCustomer('ann');
      if (!isLeft) await world.systems.billing.deleteCustomer(customerId);
      world.once('after', 'fill in profile', () => {
        world.addRow('ann', { customerIds: [customerId] });
        world.dynamodb.profiles.clear();
        world.cognito.users.clear();
      });
      expect(await provision()).toEqual({ kind: 'deleted' });
      expect(stored().row !== undefined).toBe(isLeft);
    }
  });
});

describe('The customer that provisioning links', () => {
  it('is the preferred one', async () => {
    const { world, provision, linkedTo } = scene();
    world.addCustomer('ann');
    const preferred = world.addCustomer(null, null);
    expect(await provision(preferred)).toEqual(ready(preferred));
    expect(linkedTo()).toBe(preferred);
    const [retrieve = '', ...check] = CHECK;
    // It names no user, so its subscriptions must not name another one.
    const calls = [retrieve, 'read subscription stamps', ...check];
    expect(world.calls).toEqual([...START, ...calls, 'link customer', 'write customer index', ...END]);
  });

  it('is one that other code created for the user', async () => {
    const { world, provision, linkedTo, created } = scene();
    const existing = world.addCustomer('ann', null);
    expect(await provision()).toEqual(ready(existing));
    expect(linkedTo()).toBe(existing);
    expect(created).toEqual([]);
    expect(world.calls).not.toContain('list subscriptions');
    expect(world.stripe.customers.get(existing)).toMatchObject({
      sub: 'ann',
      poolId: POOL_ID,
      hasContact: true,
    });
  });

  it('is the one of several whose subscription is alive, or else the first', async () => {
    const { world, provision } = scene();
    const first = world.addCustomer('ann');
    const second = world.addCustomer('ann');
    const third = world.addCustomer('ann');
    world.addSubscription({ id: 'sub_1', customerId: second, status: 'canceled' });
    expect(await provision()).toEqual(ready(first));
    world.addSubscription({ id: 'sub_2', customerId: second, status: 'past_due' });
    world.addSubscription({ id: 'sub_3', customerId: third });
    world.addProfile('ann');
    world.calls.length = 0;
    expect(await provision()).toEqual(ready(second));
    expect(world.calls.filter((name) => name === 'list subscriptions')).toHaveLength(2);
  });

  it('is chosen without a customer that disappears between the search and the question for its subscriptions', async () => {
    const { world, provision } = scene();
    const gone = world.addCustomer('ann');
    const paying = world.addCustomer('ann');
    world.addSubscription({ customerId: paying });
    world.once('after', 'search customers', () => world.stripe.customers.delete(gone));
    expect(await provision()).toEqual(ready(paying));
  });

  it('is a new one if the account has no search', async () => {
    const { world } = scene();
    world.addCustomer('ann');
    const billing = { ...world.systems.billing, findCustomers: async () => 'unavailable' as const };
    const provision = createProvision({ ...world.systems, billing });
    expect(await provision(ann)).toEqual(ready('cus_2'));
  });

  it('replaces one that was deleted by hand, under its own key', async () => {
    const { world, provision, linkedTo, created } = scene();
    world.addProfile('ann', world.addCustomer('ann'));
    await world.systems.billing.deleteCustomer('cus_1');
    world.calls.length = 0;
    expect(await provision()).toEqual(ready('cus_2'));
    expect(linkedTo()).toBe('cus_2');
    expect(created).toEqual([{ poolId: POOL_ID, sub: 'ann', replaces: 'cus_1' }]);
    const search = ['read profile', 'search customers', 'read entitlement', 'create customer'];
    const creation = [...search, ...CHECK, 'replace customer', 'write customer index'];
    expect(world.calls).toEqual([...START, ...CHECK, ...creation, ...END]);
    expect(world.logs).toEqual([]);
  });

  it('is neither a deleted preferred one nor one that Stripe does not know', async () => {
    const { world, provision, linkedTo, created } = scene();
    const preferred = world.addCustomer('ann');
    await world.systems.billing.deleteCustomer(preferred);
    world.addProfile('ann', 'cus_unknown');
    expect(await provision(preferred)).toEqual(ready('cus_2'));
    expect(linkedTo()).toBe('cus_2');
    expect(created).toEqual([{ poolId: POOL_ID, sub: 'ann', replaces: 'cus_unknown' }]);
  });

  it('is created under the same key by concurrent calls, whatever their searches found', async () => {
    const { world, provision, created } = scene();
    const found = world.addCustomer('ann', null);
    await world.systems.billing.deleteCustomer(found);
    world.addProfile('ann');
    expect(await provision(found)).toEqual(ready('cus_2'));
    expect(created).toEqual([{ poolId: POOL_ID, sub: 'ann', replaces: null }]);
  });

  it.each([false, true])(
    'is created under that key also if the search finds several of another pool (one is paid: %s)',
    async (isPaid) => {
      const { world, provision, created } = scene();
      const [, second = ''] = [1, 2].map(() => world.addCustomer('ann', OTHER_POOL_ID));
      if (isPaid) world.addSubscription({ customerId: second });
      expect(await provision()).toEqual(ready('cus_3'));
      expect(created).toEqual([{ poolId: POOL_ID, sub: 'ann', replaces: null }]);
    },
  );

  it.each([
    ['another user', 'ben', POOL_ID],
    ['another pool', 'ann', OTHER_POOL_ID],
  ])('is not one of %s, which keeps it', async (_case, sub, poolId) => {
    const { world, provision, created, contacts } = scene();
    const foreign = world.addCustomer(sub, poolId);
    expect(await provision(foreign)).toEqual(ready('cus_2'));
    expect(created).toEqual([{ poolId: POOL_ID, sub: 'ann', replaces: null }]);
    expect(contacts).toMatchObject([{ id: 'cus_2' }]);
    expect(world.stripe.customers.get(foreign)).toMatchObject({ sub, poolId, hasContact: false });
    expect(world.logs).toEqual([]);
  });

  it.each([
    ['another user', 'ben', POOL_ID, 'ben'],
    ['another pool', null, OTHER_POOL_ID, 'ann'],
  ])('stays with a profile that names one of %s, which is reported', async (_case, sub, poolId, named) => {
    const { world, provision, stored } = scene();
    const foreign = world.addCustomer(sub, poolId);
    world.addProfile('ann', foreign);
    expect(await provision()).toEqual({ kind: 'contradiction' });
    expect(stored()).toMatchObject({ profile: { customerId: foreign }, row: undefined });
    expect(world.calls).toEqual([...START, 'retrieve customer']);
    expect(world.logs).toMatchObject([
      {
        level: 'warn',
        fields: {
          metric: 'owner_contradiction',
          customer_id: foreign,
          user_id: named,
          other_user_id: 'ann',
          other_source: 'profile',
        },
      },
    ]);
  });

  it.each([null, 'cus_deleted'])(
    'is another process’s if it links one first (before: %s)',
    async (before) => {
      const { world, provision, linkedTo } = scene();
      world.addProfile('ann', before);
      const operation = before === null ? 'link customer' : 'replace customer';
      world.once('before', operation, () => world.addProfile('ann', world.addCustomer('ann')));
      expect(await provision()).toEqual(ready('cus_2'));
      expect(linkedTo()).toBe('cus_2');
      const fields = { metric: 'duplicate_customer', customer_id: 'cus_1', user_id: 'ann' };
      expect(world.logs).toMatchObject([{ level: 'warn', fields }]);
      expect(world.calls.filter((name) => name === operation)).toHaveLength(1);
    },
  );

  it.each([
    [5, ready('cus_6')],
    [6, contention],
  ])('is the sixth attempt’s at the latest (%i are deleted by hand)', async (deletions, outcome) => {
    const { world, provision, created } = scene();
    for (let number = 1; number <= deletions; number += 1) {
      world.once('before', 'update customer', () => world.systems.billing.deleteCustomer(`cus_${number}`));
    }
    const answer = await provision().catch((error: { readonly details: unknown }) => error.details);
    expect(answer).toEqual(outcome);
    expect(created).toHaveLength(6);
    expect(created.at(-1)).toEqual({ poolId: POOL_ID, sub: 'ann', replaces: 'cus_5' });
    expect(world.dynamodb.entitlements.has('ann')).toBe(deletions === 5);
  });
});
