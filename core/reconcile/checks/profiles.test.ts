import { describe, expect, it } from 'vitest';
import { createCheckWorld } from '../../../tests/support/check-world.ts';

type World = ReturnType<typeof createCheckWorld>;

/** A user with profile and customer, who lacks the row. */
function withoutRow() {
  const world = createCheckWorld();
  const { customerId } = world.addAccount('ann');
  world.addSubscription({ customerId });
  world.dynamodb.entitlements.delete('ann');
  return { world, customerId };
}

function addFederatedUser(world: World, sub: string): string {
  const username = `Google_${sub}`;
  world.addUser(sub, username);
  // After this time, a listing of the pool shows the user.
  world.advance(60);
  return username;
}

describe('The check of profiles', () => {
  it('finds nothing about a complete account, nor about a customer that names no user', async () => {
    const world = createCheckWorld();
    const { customerId } = world.addAccount('ann');
    const unnamed = world.addCustomer(null, null);
    world.addProfile('ben', unnamed);
    world.addRow('ben');
    world.dynamodb.index.set(customerId, ['ann']).set(unnamed, ['ben']);
    expect(await world.find('profiles')).toEqual({ checked: 2, found: [], next: null });
  });

  it('finds each profile without a customer, without a live one of its own or without a row', async () => {
    const world = createCheckWorld();
    world.addProfile('ann', null);
    world.addRow('ann');
    world.addProfile('ben', 'cus_never');
    world.addRow('ben');
    const { customerId } = world.addAccount('cem');
    await world.systems.billing.deleteCustomer(customerId);
    world.addProfile('dan', world.addCustomer('eva'));
    world.addRow('dan');
    world.addProfile('fay', world.addCustomer('fay'));
    expect(await world.find('profiles')).toEqual({
      checked: 5,
      found: [
        ['customer_missing', 'ann', 'ann'],
        ['customer_deleted_in_stripe', 'ben', 'ben'],
        ['customer_deleted_in_stripe', 'cem', 'cem'],
        ['owner_contradiction', 'dan', 'dan'],
        ['row_missing', 'fay', 'fay'],
      ],
      next: null,
    });
  });

  it('names an unfinished deletion before a missing customer, and either before a missing row', async () => {
    const world = createCheckWorld();
    world.addProfile('ann', null);
    await world.markForDeletion('ann', { requested: true });
    world.addProfile('ben', null);
    world.addProfile('cem', 'cus_never');
    const { found } = await world.find('profiles');
    expect(found).toEqual([
      ['deletion_unfinished', 'ann', 'ann'],
      ['customer_missing', 'ben', 'ben'],
      ['customer_deleted_in_stripe', 'cem', 'cem'],
    ]);
  });

  it('asks Stripe only about the customers of fresh profiles', async () => {
    const world = createCheckWorld();
    const { customerId } = world.addAccount('ann');
    world.addProfile('ben', null);
    world.addProfile('cem', 'cus_never');
    world.addRow('cem');
    world.facts.old.add('cem');
    world.dynamodb.index.set(customerId, ['ann']).set('cus_never', ['cem']);
    const { found } = await world.find('profiles');
    expect(found).toEqual([['customer_missing', 'ben', 'ben']]);
    expect(world.facts.reads).toEqual([
      ['profiles', null],
      ['rowsOf', ['ann', 'ben', 'cem']],
      ['lookUpCustomers', [customerId]],
      ['indexed', [customerId, 'cus_never']],
    ]);
  });

  it('continues on the next page', async () => {
    const world = createCheckWorld();
    for (const sub of ['ann', 'ben', 'cem']) world.addProfile(sub, null);
    world.facts.pageSize = 2;
    expect(await world.find('profiles')).toMatchObject({ checked: 2, next: '2' });
    expect(await world.find('profiles', '2')).toEqual({
      checked: 1,
      found: [['customer_missing', 'cem', 'cem']],
      next: null,
    });
  });
});

describe('An unfinished deletion', () => {
  it('is finished if the user requested it, under the username that its mark records', async () => {
    const world = createCheckWorld();
    const { customerId } = world.addAccount('ann');
    const username = addFederatedUser(world, 'ann');
    world.cognito.users.delete('ann');
    await world.markForDeletion('ann', { requested: true, username });
    const done = { planned: 'account_deleted', outcome: 'account_deleted' };
    expect(await world.repair('profiles')).toEqual(done);
    expect(world.stripe.customers.get(customerId)?.deletedMs).toBe(world.systems.clock.nowMs());
    expect([...world.cognito.users.keys()]).toEqual([]);
    expect([world.dynamodb.profiles.size, world.dynamodb.entitlements.size]).toEqual([0, 0]);
    expect(world.calls).not.toContain('find user');
  });

  it('asks Cognito for a username that the mark does not record', async () => {
    const world = createCheckWorld();
    addFederatedUser(world, 'ann');
    await world.markForDeletion('ann', { requested: true });
    const done = { planned: 'account_deleted', outcome: 'account_deleted' };
    expect(await world.repair('profiles')).toEqual(done);
    expect([...world.cognito.users.keys()]).toEqual([]);
    expect(world.metrics()).toEqual([]);
  });

  it('is also finished if Cognito does not know the user any more', async () => {
    const world = createCheckWorld();
    await world.markForDeletion('ann', { requested: true });
    const done = { planned: 'account_deleted', outcome: 'account_deleted' };
    expect(await world.repair('profiles')).toEqual(done);
    expect(world.dynamodb.profiles.size).toBe(0);
    expect(world.metrics()).toEqual(['username_unknown']);
  });

  it('is left alone if another run has finished it: a mark would bring the profile back', async () => {
    const world = createCheckWorld();
    world.addAccount('ann');
    await world.markForDeletion('ann', { requested: true });
    expect(await world.repair('profiles', () => world.dynamodb.profiles.delete('ann'))).toMatchObject({
      outcome: 'unchanged',
    });
    expect(world.dynamodb.profiles.size).toBe(0);
    expect(world.cognito.users.size).toBe(1);
  });

  it('is left alone if the profile has no mark by then', async () => {
    const world = createCheckWorld();
    const { customerId } = world.addAccount('ann');
    await world.markForDeletion('ann', { requested: true });
    const repaired = await world.repair('profiles', () => world.addProfile('ann', customerId));
    expect(repaired).toEqual({ planned: 'account_deleted', outcome: 'unchanged' });
    expect(world.dynamodb.profiles.get('ann')).toMatchObject({ customerId, deletion: null });
    expect(world.cognito.users.size).toBe(1);
  });

  it('is not started again if another run finishes it after the read of the profile', async () => {
    const world = createCheckWorld();
    world.addAccount('ann');
    await world.markForDeletion('ann', { requested: true });
    world.once('after', 'read profile', () => world.dynamodb.profiles.delete('ann'));
    expect(await world.repair('profiles')).toMatchObject({ outcome: 'unchanged' });
    expect(world.dynamodb.profiles.size).toBe(0);
    expect(world.calls.at(-1)).toBe('mark profile for deletion');
  });

  it('needs new proof if the user did not request it', async () => {
    const world = createCheckWorld();
    world.addAccount('ann');
    await world.markForDeletion('ann', { requested: false });
    world.calls.length = 0;
    const ending = { kind: 'account', sub: 'ann' };
    expect(await world.repair('profiles')).toEqual({ kind: 'end', ending });
    expect(world.calls).toEqual([]);
  });
});

describe('A profile without a live customer', () => {
  it('gets the customer that names its user', async () => {
    const world = createCheckWorld();
    const customerId = world.addCustomer('ann');
    world.addUser('ann');
    world.addProfile('ann', null);
    const provisioned = { planned: 'user_provisioned', outcome: 'user_provisioned' };
    expect(await world.repair('profiles')).toEqual(provisioned);
    expect(world.dynamodb.profiles.get('ann')?.customerId).toBe(customerId);
    expect(world.dynamodb.entitlements.get('ann')?.customerIds).toEqual([customerId]);
  });

  it('gets another customer if its own was deleted in Stripe', async () => {
    const world = createCheckWorld();
    const { customerId } = world.addAccount('ann');
    await world.systems.billing.deleteCustomer(customerId);
    const provisioned = { planned: 'user_provisioned', outcome: 'user_provisioned' };
    expect(await world.repair('profiles')).toEqual(provisioned);
    expect(world.dynamodb.profiles.get('ann')?.customerId).toBe('cus_2');
    expect(world.stripe.customers.get('cus_2')).toMatchObject({ sub: 'ann', deletedMs: null });
  });

  it('is proposed to be ended if Cognito does not know its user', async () => {
    const ending = { kind: 'account', sub: 'ann' };
    const world = createCheckWorld();
    world.addProfile('ann', null);
    expect(await world.repair('profiles')).toEqual({ kind: 'end', ending });
    const customerId = world.addCustomer('ann');
    world.addProfile('ann', customerId);
    await world.systems.billing.deleteCustomer(customerId);
    expect(await world.repair('profiles')).toEqual({ kind: 'end', ending });
    expect(world.dynamodb.profiles.size).toBe(1);
  });

  it('fails if the customer never existed in this Stripe account', async () => {
    const world = createCheckWorld();
    world.addUser('ann');
    world.addProfile('ann', 'cus_never');
    await expect(world.repair('profiles')).rejects.toMatchObject({
      details: {
        code: 'refused',
        system: 'stripe',
        operation: 'retrieve customer',
        reason: 'customer_not_in_account',
      },
    });
    expect(world.dynamodb.profiles.get('ann')?.customerId).toBe('cus_never');
    expect(world.stripe.customers.size).toBe(0);
  });
});

describe('A profile without a row', () => {
  it('gets a row that shows what Stripe has', async () => {
    const { world, customerId } = withoutRow();
    expect(await world.repair('profiles')).toEqual({ planned: 'row_created', outcome: 'row_created' });
    expect(world.dynamodb.entitlements.get('ann')).toMatchObject({
      status: 'active',
      subscriptionId: 'sub_a',
      customerIds: [customerId],
      provisional: false,
    });
  });

  it('gets its row synced if another writer has created it by then', async () => {
    const { world } = withoutRow();
    const repaired = await world.repair('profiles', () => world.addRow('ann'));
    expect(repaired).toEqual({ planned: 'row_created', outcome: 'synced' });
    expect(world.dynamodb.entitlements.get('ann')?.status).toBe('active');
  });

  it('gets none if its deletion starts or finishes in the meantime', async () => {
    const changes = [
      (world: World) => world.markForDeletion('ann', { requested: true }),
      (world: World) => world.dynamodb.profiles.delete('ann'),
    ];
    for (const change of changes) {
      const { world } = withoutRow();
      world.once('before', 'create entitlement', () => change(world));
      expect(await world.repair('profiles')).toEqual({ planned: 'row_created', outcome: 'unchanged' });
      expect(world.dynamodb.entitlements.size).toBe(0);
      expect(world.dynamodb.removed).toHaveLength(1);
      expect(world.calls).not.toContain('list subscriptions');
    }
  });

  it('keeps the row of another writer while it is being deleted', async () => {
    const { world } = withoutRow();
    const repaired = await world.repair('profiles', async () => {
      world.addRow('ann');
      await world.markForDeletion('ann', { requested: true });
    });
    expect(repaired).toEqual({ planned: 'row_created', outcome: 'unchanged' });
    expect(world.dynamodb.entitlements.get('ann')?.status).toBe('none');
    expect(world.dynamodb.removed).toEqual([]);
  });

  it('is left to a person if its customer names another user, and gets no access from it', async () => {
    const world = createCheckWorld();
    world.addUser('ann');
    const customerId = world.addCustomer('ben');
    world.addSubscription({ customerId });
    world.addProfile('ann', customerId);
    expect(await world.repair('profiles')).toEqual({ planned: 'needs_review', outcome: 'needs_review' });
    expect(world.dynamodb.entitlements.get('ann')).toMatchObject({ status: 'none', customerIds: [] });
    expect(world.dynamodb.profiles.get('ann')?.customerId).toBe(customerId);
    expect(world.metrics()).toEqual(['owner_contradiction']);
  });
});
