import { describe, expect, it } from 'vitest';
import { createApplyEvent } from '../../core/sync/apply-event.ts';
import type { SyncRequest } from '../../core/sync/sync-request.ts';
import { CHARGE_PREFIX } from '../../simulation/worlds/billing.ts';
import { createAccountWorld, syncRequest } from '../support/account-world.ts';
import { DAY, T0 } from '../support/subscriptions.ts';

const checkout = { sessionId: 'cs_1', subscriptionId: 'sub_1' };

function scene() {
  const world = createAccountWorld();
  const { sub, customerId } = world.addAccount('ann');
  world.addSubscription({ id: 'sub_1', customerId });
  const apply = createApplyEvent({ ...world.systems, sync: world.sync });
  const named = { id: 'evt_1', type: 'checkout.session.completed' };
  return {
    world,
    sub,
    customerId,
    apply,
    rowNow: () => world.dynamodb.entitlements.get(sub),
    completed: (fields: Partial<SyncRequest> = {}) =>
      apply({ ...named, request: syncRequest(customerId, fields), checkout }),
    updated: (fields: Partial<SyncRequest> = {}) =>
      apply({ ...named, request: syncRequest(customerId, fields), checkout: null }),
    mark: () =>
      world.systems.profiles.markForDeletion({ userId: sub, username: sub, at: '0', requested: true }),
    orphan: { kind: 'checkout', sub, customerId, sessionId: 'cs_1', subscriptionId: 'sub_1' },
  };
}

const written = (sub: string) => ({ kind: 'written', sub, status: 'active', attempts: 1 });

describe('An event of a customer', () => {
  it('syncs its user', async () => {
    const { world, sub, customerId, rowNow, updated } = scene();
    const applied = { kind: 'applied', customerId, sync: written(sub), orphanedCheckout: null };
    expect(await updated()).toEqual(applied);
    expect(rowNow()?.status).toBe('active');
    expect(world.calls).not.toContain('read profile');
  });

  it('has nothing to end without a completed checkout, even if its user is deleted', async () => {
    const { world, sub, customerId, updated } = scene();
    world.dynamodb.entitlements.delete(sub);
    world.dynamodb.profiles.delete(sub);
    const sync = { kind: 'no_such_user', sub };
    expect(await updated()).toEqual({ kind: 'applied', customerId, sync, orphanedCheckout: null });
  });
});

describe('A completed checkout', () => {
  it('stays with a user who exists', async () => {
    const { sub, customerId, completed } = scene();
    const applied = { kind: 'applied', customerId, sync: written(sub), orphanedCheckout: null };
    expect(await completed()).toEqual(applied);
  });

  it('is to be ended if its user is deleted', async () => {
    const { world, sub, customerId, completed, orphan } = scene();
    world.dynamodb.entitlements.delete(sub);
    world.dynamodb.profiles.delete(sub);
    const sync = { kind: 'no_such_user', sub };
    expect(await completed()).toEqual({ kind: 'applied', customerId, sync, orphanedCheckout: orphan });
    expect(world.calls.filter((name) => name === 'read profile')).toHaveLength(1);
  });

  it('is to be ended if its user is being deleted, or is deleted after the sync', async () => {
    const { world, sub, customerId, completed, mark, orphan } = scene();
    await mark();
    const applied = { kind: 'applied', customerId, orphanedCheckout: orphan };
    expect(await completed()).toEqual({ ...applied, sync: written(sub) });
    world.advance(60);
    world.dynamodb.profiles.delete(sub);
    expect(await completed({ changedAt: T0 + 60 })).toEqual({ ...applied, sync: written(sub) });
  });

  it('is to be ended also if the row is current already', async () => {
    const { world, sub, customerId, completed, mark, orphan } = scene();
    await mark();
    world.addRow(sub, { customerIds: [customerId], syncedAt: T0 + DAY });
    const sync = { kind: 'already_current', sub };
    expect(await completed()).toEqual({ kind: 'applied', customerId, sync, orphanedCheckout: orphan });
  });

  it('is left alone if no one names the user of its customer', async () => {
    const { world, apply } = scene();
    const customerId = world.addCustomer(null, null);
    const event = { id: 'evt_1', type: 'checkout.session.completed', request: syncRequest(customerId) };
    const sync = { kind: 'unknown_customer' };
    const applied = { kind: 'applied', customerId, sync, orphanedCheckout: null };
    expect(await apply({ ...event, checkout })).toEqual(applied);
    expect(world.calls).not.toContain('read profile');
  });
});

describe('An event of a charge', () => {
  const { customerId: _, ...request } = syncRequest('', { includesReversal: true });

  it('syncs the user of the customer of the charge, with the reversal', async () => {
    const { world, sub, customerId, apply, rowNow } = scene();
    world.stripe.reversals.set(`sub_1/${T0 + 30 * DAY}`, 'refunded');
    const charge = { id: 'evt_1', type: 'charge.refunded', chargeId: CHARGE_PREFIX + customerId, request };
    const applied = { kind: 'applied', customerId, sync: written(sub), orphanedCheckout: null };
    expect(await apply(charge)).toEqual(applied);
    expect(rowNow()?.reversal).toBe('refunded');
    expect(world.calls[0]).toBe('read charge');
  });

  it('changes nothing if the charge has no customer', async () => {
    const { world } = scene();
    const billing = { customerOfCharge: async () => null };
    const apply = createApplyEvent({ ...world.systems, billing, sync: world.sync });
    const charge = { id: 'evt_1', type: 'charge.refunded', chargeId: 'ch_1', request };
    expect(await apply(charge)).toEqual({ kind: 'no_customer' });
    expect(world.calls).toEqual([]);
  });
});
