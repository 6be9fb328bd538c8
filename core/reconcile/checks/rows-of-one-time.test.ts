import { describe, expect, it } from 'vitest';
import { createCheckWorld } from '../../../tests/support/check-world.ts';
import { addSale } from '../../../tests/support/one-time.ts';
import { T0 } from '../../../tests/support/subscriptions.ts';

function scene() {
  const world = createCheckWorld();
  const { customerId } = world.addAccount('ann');
  const fields = { syncedAt: T0, customerIds: [customerId], soldOnceSince: T0 };
  world.addRow('ann', fields);
  const sell = (more: Parameters<typeof addSale>[2] = {}) =>
    addSale(world.stripe, { sub: 'ann', customerId }, more);
  const state = () => world.dynamodb.entitlements.get('ann');
  return { world, customerId, sell, state };
}

const repairOf = ({ repair }: ReturnType<typeof createCheckWorld>) => repair('rows');

describe('The check of rows, for what is bought once,', () => {
  it('writes a purchase that the row lacks, because its event was lost', async () => {
    const { world, sell, state } = scene();
    sell();
    expect((await world.find('rows')).found).toEqual([['one_time_differs', 'ann', 'ann']]);
    expect(await repairOf(world)).toEqual({ planned: 'synced', outcome: 'synced' });
    expect(state()).toMatchObject({ status: 'active', plan: 'price_lifetime', currentPeriodEnd: null });
    expect(await repairOf(world)).toEqual({ kind: 'unchanged' });
  });

  it('ends what was refunded, if the event of the refund was lost', async () => {
    const { world, sell, state } = scene();
    const sale = sell();
    await repairOf(world);
    world.stripe.sales.set(sale.sessionId, { ...sale, reversal: 'refunded' });
    expect(await repairOf(world)).toEqual({ planned: 'synced', outcome: 'synced' });
    expect(state()).toMatchObject({ reversal: 'refunded' });
  });

  it('asks Stripe nothing about a user who was never offered anything', async () => {
    const { world } = scene();
    world.addAccount('ben');
    world.dynamodb.entitlements.delete('ann');
    world.dynamodb.profiles.delete('ann');
    expect((await world.find('rows')).found).toEqual([]);
  });

  it('reports a lifetime that was paid twice, once the row shows both', async () => {
    const { world, sell } = scene();
    sell();
    sell();
    await repairOf(world);
    expect((await world.find('rows')).found).toEqual([['bought_twice', 'ann', 'ann']]);
    expect(await repairOf(world)).toEqual({ planned: 'needs_review', outcome: 'needs_review' });
  });

  it('writes the refund of one of two, instead of reporting both', async () => {
    const { world, sell } = scene();
    const sale = sell();
    sell();
    await repairOf(world);
    world.stripe.sales.set(sale.sessionId, { ...sale, reversal: 'refunded' });
    expect(await repairOf(world)).toEqual({ planned: 'synced', outcome: 'synced' });
    expect((await world.find('rows')).found).toEqual([['one_time_differs', 'ann', 'ann']]);
    expect(await repairOf(world)).toEqual({ kind: 'unchanged' });
  });
});
