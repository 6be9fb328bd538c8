import { describe, expect, it } from 'vitest';
import type { EntitlementRow } from '../../../core/entitlement/row.ts';
import { createCheckWorld } from '../../../tests/support/check-world.ts';
import { T0 } from '../../../tests/support/subscriptions.ts';

/** Another writer set this. */
const written = { status: 'active', plan: 'monthly_pro' } as const;
const kept = { planned: 'synced', outcome: 'synced' };

/** A user whose row another writer set before any sync. */
function scene(fields: Partial<EntitlementRow> = {}) {
  const world = createCheckWorld();
  const { customerId } = world.addAccount('ann');
  world.addRow('ann', { ...written, customerIds: [customerId], ...fields });
  return { world, customerId, rowNow: () => world.dynamodb.entitlements.get('ann') };
}

describe('The check of rows that other writers set', () => {
  it('finds them, leaves out the rows of this service, and continues on the next page', async () => {
    const { world } = scene();
    const { customerId } = world.addAccount('ben');
    world.addSubscription({ customerId });
    await world.syncUser('ben', customerId);
    world.addRow('cem', written);
    world.facts.pageSize = 2;
    expect(await world.find('foreign_rows')).toEqual({
      checked: 2,
      found: [['foreign_row', 'ann', 'ann']],
      next: '2',
    });
    expect(await world.find('foreign_rows', '2')).toEqual({
      checked: 1,
      found: [['foreign_row', 'cem', 'cem']],
      next: null,
    });
  });

  it('keeps what is written as a claim, with the customer that the profile names', async () => {
    const { world, customerId, rowNow } = scene({ customerIds: [] });
    world.addRow('ann', { ...rowNow(), customerIds: [world.addCustomer('ann')] });
    expect(await world.repair('foreign_rows')).toEqual(kept);
    expect(rowNow()).toMatchObject({ ...written, syncedAt: T0, claims: [{ source: 'other_writer' }] });
    expect(rowNow()?.customerIds).toContain(customerId);
  });

  it('uses a customer of the row if the profile names none', async () => {
    const { world, rowNow } = scene();
    world.addProfile('ann', null);
    expect(await world.repair('foreign_rows')).toEqual(kept);
    expect(rowNow()).toMatchObject({ ...written, claims: [{ source: 'other_writer' }] });
  });

  it('leaves a row without a customer, which no sync writes, as it is', async () => {
    const { world, rowNow } = scene({ customerIds: [] });
    world.addProfile('ann', null);
    const before = rowNow();
    expect(await world.repair('foreign_rows')).toEqual({ kind: 'unchanged' });
    expect(rowNow()).toEqual(before);
  });

  it('leaves a row without a profile, and that of a user who is being deleted, to the other checks', async () => {
    const { world } = scene();
    await world.markForDeletion('ann', { requested: true });
    expect(await world.repair('foreign_rows')).toEqual({ kind: 'unchanged' });
    world.dynamodb.profiles.delete('ann');
    expect(await world.repair('foreign_rows')).toEqual({ kind: 'unchanged' });
  });

  it('does nothing once the row is removed, or once a sync has kept what is written', async () => {
    const { world, customerId } = scene();
    world.once('before', 'read entitlement', () => world.syncUser('ann', customerId));
    expect(await world.repair('foreign_rows')).toEqual({ kind: 'unchanged' });
    world.addRow('ann', written);
    world.once('before', 'read entitlement', () => world.dynamodb.entitlements.delete('ann'));
    expect(await world.repair('foreign_rows')).toEqual({ kind: 'unchanged' });
  });
});
