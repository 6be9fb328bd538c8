import { describe, expect, it } from 'vitest';
import type { EventReading } from '../../../core/sync/stripe-event.ts';
import { createCheckWorld } from '../../../tests/support/check-world.ts';

const eventOf = (id: string, customerId: string, changedAt: number): EventReading => ({
  kind: 'sync',
  event: {
    id,
    type: 'customer.subscription.updated',
    request: {
      customerId,
      sub: null,
      reassigned: false,
      formerSub: null,
      changedAt,
      cause: { kind: 'stripe_event', id },
      customerDeleted: false,
      includesReversal: false,
      includesFeatures: false,
    },
    checkout: null,
  },
});

const cases = [
  { check: 'events', reason: 'event_not_applied', listed: 'events' },
  { check: 'undelivered_events', reason: 'event_undelivered', listed: 'undelivered' },
] as const;

describe.each(cases)('The check $check', ({ check, reason, listed }) => {
  // Two events: the row of the first one's user includes it, and the row of the second one's does not.
  async function scene() {
    const world = createCheckWorld();
    const [ann, ben] = [world.addAccount('ann'), world.addAccount('ben')];
    world.advance(60);
    await world.syncUser('ann', ann.customerId);
    const changedAt = world.nowSeconds() - 60;
    world.facts[listed].push(
      eventOf('evt_1', ann.customerId, changedAt),
      eventOf('evt_2', ben.customerId, changedAt),
    );
    return { world, customerId: ben.customerId };
  }

  it('finds the events that a row does not include', async () => {
    const { world } = await scene();
    expect(await world.find(check)).toEqual({ checked: 2, found: [[reason, 'evt_2', 'ben']], next: null });
  });

  it('reads its own listing, and continues on the next page', async () => {
    const { world } = await scene();
    world.facts.pageSize = 1;
    expect(await world.find(check)).toEqual({ checked: 1, found: [], next: '1' });
    expect(await world.find(check, '1')).toEqual({
      checked: 1,
      found: [[reason, 'evt_2', 'ben']],
      next: null,
    });
  });

  it('applies the event as the webhook would have', async () => {
    const { world, customerId } = await scene();
    world.addSubscription({ customerId });
    expect(await world.repair(check)).toEqual({ planned: 'synced', outcome: 'synced' });
    const row = world.dynamodb.entitlements.get('ben');
    expect(row).toMatchObject({ status: 'active', history: [{ by: 'evt_2' }] });
  });
});
