/** Checkouts of payment links, found by a run because the webhook did not receive their events. */
import { describe, expect, it } from 'vitest';
import { checkOf } from '../../core/reconcile/checks/index.ts';
import type { EventReading } from '../../core/sync/stripe-event.ts';
import { createReconcileWorld, HOUR, type ReconcileWorld } from '../support/reconcile-world.ts';
import { T0 } from '../support/subscriptions.ts';

function eventOf(customerId: string): EventReading & { readonly kind: 'sync' } {
  const cause = { kind: 'stripe_event', id: 'evt_1' } as const;
  const named = { sub: null, reassigned: false, formerSub: null, includesFeatures: false };
  const about = { changedAt: T0, customerDeleted: false, includesReversal: false, ...named };
  const event = { id: 'evt_1', type: 'any', request: { customerId, cause, ...about }, checkout: null };
  return { kind: 'sync', event };
}

function claimedBy(customerId: string): EventReading {
  const claimed = { sessionId: 'cs_1', subscriptionId: 'sub_1', reference: null };
  return { kind: 'sync', event: { ...eventOf(customerId).event, claimed } };
}

/** A subscribed user whose row was synced before the last change in Stripe. */
function scene() {
  const world = createReconcileWorld();
  const { sub, customerId } = world.addAccount('ann');
  world.addSubscription({ customerId });
  world.addRow(sub, { customerIds: [customerId], syncedAt: T0 });
  world.advance(HOUR);
  return { world, sub, customerId };
}

const found = (sub: string | null, outcome: string) => [
  { reason: 'event_not_applied', subjectId: 'evt_1', sub, outcome },
];

async function findingsOf(world: ReconcileWorld, reading: EventReading) {
  world.readings.splice(0, world.readings.length, reading);
  return (await world.run({ checks: ['events'] })).findings;
}

describe('A checkout that only its client_reference_id connects with a user', () => {
  it('is left to a person, since the buyer has paid and no one has access', async () => {
    const { world } = scene();
    for (const customerId of [world.addCustomer(null), world.addCustomer(null, null)]) {
      expect(await findingsOf(world, claimedBy(customerId))).toEqual(found(null, 'needs_review'));
      expect(await findingsOf(world, eventOf(customerId))).toEqual([]);
    }
  });

  it('is no finding if a person has written the user into the customer since the scan', async () => {
    const { world } = scene();
    const customerId = world.addCustomer(null, null);
    world.readings.splice(0, world.readings.length, claimedBy(customerId));
    const { listings } = world.services;
    const { drifts } = await checkOf('events').scan({ listings, cursor: null, nowSeconds: T0 });
    const customer = world.stripe.customers.get(customerId);
    if (customer === undefined) throw new Error('There is no customer.');
    world.stripe.customers.set(customerId, { ...customer, sub: 'zoe' });
    expect(drifts).toHaveLength(1);
    expect(await drifts[0]?.plan(world.services)).toEqual({ kind: 'unchanged' });
  });

  it('is no finding if its customer is another stage’s, or was deleted', async () => {
    const { world } = scene();
    for (const customerId of [
      world.addCustomer(null, 'another pool'),
      world.addCustomer('zoe', 'another pool'),
      'cus_gone',
    ]) {
      expect(await findingsOf(world, claimedBy(customerId))).toEqual([]);
    }
  });

  it('is applied if the customer names a user by now, and no finding if that user has no records', async () => {
    const { world, sub, customerId } = scene();
    expect(await findingsOf(world, claimedBy(customerId))).toEqual(found(sub, 'synced'));
    const ofNoOne = world.addCustomer('no one');
    expect(await findingsOf(world, claimedBy(ofNoOne))).toEqual([]);
  });
});
