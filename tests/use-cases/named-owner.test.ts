import { describe, expect, it } from 'vitest';
import { withNamedOwner } from '../../core/account/named-owner.ts';
import { syncRequest } from '../../core/reconcile/repair.ts';
import { createAccountWorld } from '../support/account-world.ts';

/** A customer without a user, with one subscription for each name, the newest last. */
function scene(...names: readonly (string | null)[]) {
  const world = createAccountWorld();
  world.addUser('ann');
  const customerId = world.addCustomer(null, null);
  world.addProfile('ann', customerId);
  world.addRow('ann', { customerIds: [customerId] });
  for (const [index, name] of names.entries()) {
    world.addSubscription({ id: `sub_${index + 1}`, customerId });
    if (name !== null) world.stripe.mislabeled.set(`sub_${index + 1}`, name);
    world.advance(1);
  }
  const ownerFor = async (sub: string) =>
    (await withNamedOwner(world.systems.billing, { customerId, sub }, { sub: null, poolId: null })).sub;
  return { world, customerId, ownerFor };
}

describe('A customer that names no user', () => {
  it.each([
    ['no subscription', [], null],
    ['a subscription that names no one', [null], null],
    ['a subscription that names another user', ['ben'], 'ben'],
    ['one that names no one, and one that names another user', [null, 'ben', null], 'ben'],
    ['subscriptions of several others', ['ben', 'cem'], 'cem'],
    ['one that names the user, and a newer one of another user', ['ann', 'ben'], 'ann'],
    ['one that names the user, and an older one of another user', ['ben', 'ann'], 'ann'],
  ] as const)('with %s', async (_, names, owner) => {
    expect(await scene(...names).ownerFor('ann')).toBe(owner);
  });

  it('is not asked about further if it names a user itself', async () => {
    const { world, customerId } = scene('ben');
    const stamp = { sub: 'cem', poolId: null };
    world.calls.length = 0;
    expect(await withNamedOwner(world.systems.billing, { customerId, sub: 'ann' }, stamp)).toBe(stamp);
    expect(world.calls).toEqual([]);
  });

  it('gives the user whose records name it no access if its subscription names another user', async () => {
    const { world, customerId } = scene('ben');
    world.addProfile('ben', null);
    world.addRow('ben');
    const written = { kind: 'written', sub: 'ben', status: 'active', attempts: 2 };
    expect(await world.sync(syncRequest(customerId, 'ann'))).toEqual(written);
    const { entitlements } = world.dynamodb;
    const left = { status: 'none', customerIds: [], formerCustomerIds: [customerId] };
    expect(entitlements.get('ann')).toMatchObject(left);
    expect(entitlements.get('ben')).toMatchObject({ status: 'active', customerIds: [customerId] });
  });

  it('keeps the access of the user who pays when another user’s subscription appears', async () => {
    const { world, customerId } = scene('ann', 'ben');
    await world.sync(syncRequest(customerId, 'ann'));
    expect(world.dynamodb.entitlements.get('ann')).toMatchObject({
      status: 'active',
      customerIds: [customerId],
      formerCustomerIds: [],
    });
  });
});
