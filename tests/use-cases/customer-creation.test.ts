import { describe, expect, it } from 'vitest';
import { claimCreations, createCustomer } from '../../core/account/create-customer.ts';
import { createAccountWorld, OTHER_POOL_ID, POOL_ID } from '../support/account-world.ts';

const user = { poolId: POOL_ID, sub: 'ann' };

function scene() {
  const world = createAccountWorld();
  return {
    world,
    create: () => createCustomer(world.systems.billing, user),
    claim: () => claimCreations(world.systems.billing, user),
  };
}

const creation = 'create customer';
const proof = ['search customers', 'list customers', 'retrieve customers'];

describe('The creation of a customer', () => {
  it('returns the customer that it has created before', async () => {
    const { world, create } = scene();
    expect(await create()).toBe('cus_1');
    expect(await create()).toBe('cus_1');
    expect([...world.stripe.customers.values()]).toMatchObject([
      { id: 'cus_1', sub: 'ann', poolId: POOL_ID },
    ]);
    expect(world.calls).toEqual([creation, creation]);
  });

  it('fails with a new server error, because the failed request may still be running', async () => {
    const { world, create } = scene();
    world.stripe.creationFailures.set('ann', { hasEffect: false });
    await expect(create()).rejects.toMatchObject({ details: { code: 'unavailable', system: 'stripe' } });
    expect(world.calls).toEqual([creation]);
  });

  it('uses the next key after a replayed failure, if the user has no customer', async () => {
    const { world, create } = scene();
    world.storeFailures('ann', 1);
    expect(await create()).toBe('cus_1');
    expect(world.calls).toEqual([creation, ...proof, creation]);
  });

  it('returns what a failed creation has created', async () => {
    const { world, create } = scene();
    world.storeFailures('ann', 1, { hasEffect: true });
    expect(await create()).toBe('cus_1');
    expect(world.stripe.customers.size).toBe(1);
    expect(world.calls).toEqual([creation, ...proof]);
  });

  it('does not mistake a customer of another pool for the user’s', async () => {
    const { world, create } = scene();
    world.addCustomer('ann', OTHER_POOL_ID);
    world.storeFailures('ann', 1);
    expect(await create()).toBe('cus_2');
  });

  it('has six keys, and the first is free again a day after its failure', async () => {
    const { world, create } = scene();
    world.storeFailures('ann', 5);
    expect(await create()).toBe('cus_1');

    world.storeFailures('ben', 6);
    world.calls.length = 0;
    const createForBen = () => createCustomer(world.systems.billing, { poolId: POOL_ID, sub: 'ben' });
    const details = { code: 'unavailable', system: 'stripe', operation: creation };
    await expect(createForBen()).rejects.toMatchObject({
      details: { ...details, reason: 'creation_failures_stored' },
    });
    expect(world.calls).toEqual(Array.from({ length: 6 }, () => [creation, ...proof]).flat());
    expect(world.stripe.customers.size).toBe(1);

    world.advance(86_400);
    expect(await createForBen()).toBe('cus_2');
  });
});

describe('A deletion that claims the creations of its user', () => {
  it('finds the customer of the first key, without a search', async () => {
    const { world, create, claim } = scene();
    await create();
    world.calls.length = 0;
    expect(await claim()).toEqual({ created: ['cus_1'], found: [] });
    expect(world.calls).toEqual([creation]);
  });

  it('uses up the first key without a failure, and then finds what the failed creations have created', async () => {
    const { world, claim, create } = scene();
    world.storeFailures('ann', 2, { hasEffect: true });
    expect(await claim()).toEqual({ created: ['cus_3'], found: ['cus_1', 'cus_2', 'cus_3'] });
    expect(world.calls).toEqual([creation, creation, creation, ...proof]);
    for (const id of ['cus_1', 'cus_2', 'cus_3']) await world.systems.billing.deleteCustomer(id);
    expect(await create()).toBe('cus_3');
  });

  it('creates nothing if every key has a stored failure', async () => {
    const { world, claim } = scene();
    world.storeFailures('ann', 6);
    expect(await claim()).toEqual({ created: [], found: [] });
    expect(world.calls).toEqual([...Array.from({ length: 6 }, () => creation), ...proof]);

    world.storeFailures('ben', 6, { hasEffect: true });
    const ben = { poolId: POOL_ID, sub: 'ben' };
    const found = ['cus_1', 'cus_2', 'cus_3', 'cus_4', 'cus_5', 'cus_6'];
    expect(await claimCreations(world.systems.billing, ben)).toEqual({ created: [], found });
  });

  it('claims the sixth key too', async () => {
    const { world, claim } = scene();
    world.storeFailures('ann', 5);
    expect(await claim()).toEqual({ created: ['cus_1'], found: ['cus_1'] });
  });
});
