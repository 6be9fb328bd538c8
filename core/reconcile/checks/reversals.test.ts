import { describe, expect, it } from 'vitest';
import { setReversal } from '../../../simulation/worlds/stripe.ts';
import { createCheckWorld } from '../../../tests/support/check-world.ts';

/** A user whose row shows a paid subscription. */
async function scene() {
  const world = createCheckWorld();
  const { customerId } = world.addAccount('ann');
  const subscription = world.addSubscription({ customerId });
  await world.syncUser('ann', customerId);
  world.facts.reversals.push(customerId);
  return { world, customerId, refund: () => setReversal(world.stripe, subscription, 'refunded') };
}

describe('The check of reversals', () => {
  it('asks once about a customer with several refunds', async () => {
    const { world, customerId } = await scene();
    world.facts.reversals.push(customerId, customerId);
    const { checked, found } = await world.find('reversals');
    expect([checked, found]).toEqual([3, [['reversal_missing', customerId, null]]]);
  });

  it('names every customer with a recent refund or dispute, page by page', async () => {
    const world = createCheckWorld();
    world.facts.reversals.push('cus_1', 'cus_2', 'cus_3');
    world.facts.pageSize = 2;
    expect(await world.find('reversals')).toEqual({
      checked: 2,
      found: [
        ['reversal_missing', 'cus_1', null],
        ['reversal_missing', 'cus_2', null],
      ],
      next: '2',
    });
    expect(await world.find('reversals', '2')).toEqual({
      checked: 1,
      found: [['reversal_missing', 'cus_3', null]],
      next: null,
    });
  });

  it('changes nothing if the row shows what Stripe has', async () => {
    const { world } = await scene();
    world.calls.length = 0;
    expect(await world.repair('reversals')).toEqual({ kind: 'unchanged' });
    expect(world.calls).toEqual(['retrieve customer', 'read entitlement', 'read reversal']);
  });

  it('syncs the row with a reversal that it does not show', async () => {
    const { world, refund } = await scene();
    refund();
    expect(await world.repair('reversals')).toEqual({ planned: 'synced', outcome: 'synced' });
    expect(world.dynamodb.entitlements.get('ann')?.reversal).toBe('refunded');
  });

  it('writes nothing for a user who is deleted in the meantime', async () => {
    const { world, refund } = await scene();
    refund();
    const repaired = await world.repair('reversals', () => {
      world.dynamodb.entitlements.clear();
      world.dynamodb.profiles.clear();
    });
    expect(repaired).toEqual({ planned: 'synced', outcome: 'unchanged' });
    expect(world.dynamodb.entitlements.size).toBe(0);
  });
});
