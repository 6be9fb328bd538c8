import { describe, expect, it } from 'vitest';
import { createCheckWorld } from '../../../tests/support/check-world.ts';
import { purchase } from '../../../tests/support/purchases.ts';
import { storeOutage } from '../../../tests/support/store-world.ts';
import { planStores } from '../repair.ts';

/** Ann has an account, and RevenueCat lists her. */
function scene() {
  const world = createCheckWorld();
  world.addAccount('ann');
  world.facts.storeCustomers = ['ann'];
  world.revenuecat.has('ann', purchase());
  const rowNow = () => world.dynamodb.entitlements.get('ann');
  return { world, rowNow };
}

const found = [['purchases_not_synced', 'ann', 'ann']];

describe('The check of customers in stores', () => {
  it('finds a user whose row shows no purchase, and then nothing', async () => {
    const { world, rowNow } = scene();
    expect(await world.find('store_customers')).toEqual({ checked: 1, found, next: null });
    expect(await world.repair('store_customers')).toEqual({ planned: 'synced', outcome: 'synced' });
    expect(rowNow()).toMatchObject({ status: 'active', history: [{ by: 'reconcile' }] });
    expect((await world.find('store_customers')).found).toEqual([]);
  });

  it('finds a user whose row shows only purchases that are over', async () => {
    const { world } = scene();
    world.revenuecat.has('ann', purchase({ givesAccess: false, phase: 'over', billsAgain: false }));
    await world.services.syncStores?.({ sub: 'ann', cause: { kind: 'store_event', id: 'rc_evt_1' } });
    expect((await world.find('store_customers')).found).toEqual(found);
    expect(await world.repair('store_customers')).toEqual({ kind: 'unchanged' });
  });

  it.each([
    ['paused', purchase({ givesAccess: false, phase: 'paused' })],
    ['canceled', purchase({ ends: true, billsAgain: false })],
    ['late', purchase({ givesAccess: false, phase: 'payment_retried' })],
  ])('leaves a purchase that is %s to the check of rows', async (_, bought) => {
    const { world } = scene();
    world.revenuecat.has('ann', bought);
    await world.services.syncStores?.({ sub: 'ann', cause: { kind: 'store_event', id: 'rc_evt_1' } });
    expect((await world.find('store_customers')).found).toEqual([]);
  });

  it('leaves a user without a row alone, reads each row once, and continues on the next page', async () => {
    const { world } = scene();
    world.facts.storeCustomers = ['ann', 'ann', 'cem'];
    world.facts.pageSize = 2;
    expect(await world.find('store_customers')).toEqual({
      checked: 2,
      found: [...found, ...found],
      next: '2',
    });
    expect(await world.find('store_customers', '2')).toEqual({ checked: 1, found: [], next: null });
    expect(world.facts.reads).toEqual([
      ['storeCustomers', null],
      ['rowsOf', ['ann']],
      ['storeCustomers', '2'],
      ['rowsOf', ['cem']],
    ]);
  });

  it('repairs nothing if the purchase is synced by then', async () => {
    const { world } = scene();
    const syncs = () =>
      world.services.syncStores?.({ sub: 'ann', cause: { kind: 'store_event', id: 'rc_evt_1' } });
    const plan = await world.planOf('store_customers');
    expect(plan).toMatchObject({ kind: 'repair', action: 'synced' });
    world.dynamodb.entitlements.delete('ann');
    world.dynamodb.profiles.delete('ann');
    expect(plan.kind === 'repair' && (await plan.run())).toBe('unchanged');
    world.addAccount('ann');
    await syncs();
    const asked = { sub: 'ann', nowSeconds: world.nowSeconds() };
    expect(await planStores(world.services, asked)).toEqual({ kind: 'unchanged' });
  });

  it('reports that RevenueCat does not list its customers as a failure of the run', async () => {
    const { world } = scene();
    world.facts.storeCustomers = storeOutage;
    expect(await world.find('store_customers', '7')).toEqual({
      checked: 0,
      found: [['stores_unread', 'revenuecat', null]],
      next: null,
    });
    await expect(world.planOf('store_customers')).rejects.toBe(storeOutage);
  });

  it('does not take a defect for an outage', async () => {
    const { world } = scene();
    const defect = new TypeError('defect');
    world.facts.storeCustomers = defect;
    await expect(world.find('store_customers')).rejects.toBe(defect);
  });

  it.each(['stores', 'syncStores'] as const)('repairs nothing without %s', async (part) => {
    const { world } = scene();
    const asked = { sub: 'ann', nowSeconds: world.nowSeconds() };
    expect(await planStores({ ...world.services, [part]: null }, asked)).toEqual({ kind: 'unchanged' });
    expect(world.revenuecat.calls).toEqual([]);
    expect((await planStores(world.services, asked)).kind).toBe('repair');
  });
});
