import { describe, expect, it } from 'vitest';
import { checkOf } from '../../core/reconcile/checks/index.ts';
import { EVENT_REPAIR } from '../../core/reconcile/event-drift.ts';
import { SYNC_MARGIN_SECONDS } from '../../core/sync/includes.ts';
import type { CustomerEvent, EventReading } from '../../core/sync/stripe-event.ts';
import { CHARGE_PREFIX } from '../../simulation/worlds/billing.ts';
import { setReversal } from '../../simulation/worlds/stripe.ts';
import { createReconcileWorld, HOUR, type ReconcileWorld } from '../support/reconcile-world.ts';
import { T0 } from '../support/subscriptions.ts';

const checks = ['events'] as const;

interface EventFields {
  readonly sub?: string | null;
  readonly formerSub?: string | null;
  readonly reassigned?: boolean;
  readonly changedAt?: number | null;
  readonly checkout?: CustomerEvent['checkout'];
  readonly includesReversal?: boolean;
  readonly includesFeatures?: boolean;
  readonly customerDeleted?: boolean;
}

function eventOf(customerId: string, fields: EventFields = {}): EventReading {
  const { checkout = null, ...request } = fields;
  const unsaid = { sub: null, reassigned: false, formerSub: null, includesFeatures: false };
  const named = { ...unsaid, ...request };
  const about = { changedAt: T0, customerDeleted: false, includesReversal: false, ...named };
  const cause = { kind: 'stripe_event', id: 'evt_1' } as const;
  const event = { id: 'evt_1', type: 'any', request: { customerId, cause, ...about }, checkout };
  return { kind: 'sync', event };
}

function chargeOf(customerId: string, sub: string | null = null): EventReading {
  const cause = { kind: 'stripe_event', id: 'evt_1' } as const;
  const named = { sub, reassigned: false, formerSub: null, includesFeatures: false };
  const request = { changedAt: T0, ...named, cause, customerDeleted: false, includesReversal: true };
  const event = { id: 'evt_1', type: 'charge.refunded', chargeId: `${CHARGE_PREFIX}${customerId}`, request };
  return { kind: 'charge_event', event };
}

/** A subscribed user whose row was synced at `syncedAt`, before the last change in Stripe. */
function scene(syncedAt: number | null = T0) {
  const world = createReconcileWorld();
  const { sub, customerId } = world.addAccount('ann');
  world.addSubscription({ customerId });
  const row = world.addRow(sub, { customerIds: [customerId], syncedAt });
  world.advance(HOUR);
  return { world, sub, customerId, row };
}

const found = (sub: string | null, outcome: string, also?: readonly string[]) => [
  { reason: 'event_not_applied', subjectId: 'evt_1', sub, outcome, ...(also && { also }) },
];

async function findingsOf(world: ReconcileWorld, ...readings: readonly EventReading[]) {
  world.readings.splice(0, world.readings.length, ...readings);
  return (await world.run({ checks })).findings;
}

/** Only what the listing shows, without any repair. */
async function scanned(world: ReconcileWorld, ...readings: readonly EventReading[]) {
  world.readings.splice(0, world.readings.length, ...readings);
  const { checked, drifts } = await checkOf('events').scan({
    listings: world.services.listings,
    cursor: null,
    nowSeconds: world.nowSeconds(),
  });
  return { checked, subs: drifts.map(({ sub }) => sub) };
}

describe('An event that the row does not include', () => {
  it.each(['ann', null])('is applied as the webhook would have (user in the event: %s)', async (named) => {
    const { world, sub, customerId } = scene();
    expect(await findingsOf(world, eventOf(customerId, { sub: named }))).toEqual(found(sub, 'synced'));
    const row = world.dynamodb.entitlements.get(sub);
    expect([row?.status, row?.syncedAt]).toEqual(['active', T0 + HOUR]);
    expect(row?.history.map(({ by }) => by)).toEqual(['evt_1']);
    // No other user had the customer, so only the sync reads a row.
    expect(world.calls.filter((call) => call === 'read entitlement')).toHaveLength(1);
  });

  it.each([
    [SYNC_MARGIN_SECONDS, ['ann']],
    [SYNC_MARGIN_SECONDS + 1, []],
  ])('is one within the margin of the last sync: a sync %s s later', async (later, subs) => {
    const { world, customerId } = scene(T0 + later);
    expect(await scanned(world, eventOf(customerId))).toEqual({ checked: 1, subs });
  });

  it('is any event of a row that was never synced, or of a customer that it does not list', async () => {
    const { world, sub, customerId } = scene(null);
    expect((await scanned(world, eventOf(customerId))).subs).toEqual([sub]);
    world.addRow(sub, { customerIds: ['cus_other'], syncedAt: T0 + HOUR });
    expect((await scanned(world, eventOf(customerId))).subs).toEqual([sub]);
    world.addRow(sub, { customerIds: [customerId], syncedAt: T0 + HOUR });
    expect((await scanned(world, eventOf(customerId))).subs).toEqual([]);
    expect((await scanned(world, eventOf(customerId, { changedAt: null }))).subs).toEqual([sub]);
    world.dynamodb.entitlements.delete(sub);
    expect((await scanned(world, eventOf(customerId))).subs).toEqual([sub]);
  });

  it('is none of a user without profile and row, unless it completed a checkout', async () => {
    const { world, sub, customerId } = scene();
    const checkout = { sessionId: 'cs_1', subscriptionId: 'sub_a' };
    world.dynamodb.profiles.delete(sub);
    expect((await scanned(world, eventOf(customerId))).subs).toEqual([sub]);
    world.dynamodb.entitlements.delete(sub);
    expect((await scanned(world, eventOf(customerId))).subs).toEqual([]);
    expect((await scanned(world, eventOf(customerId, { checkout }))).subs).toEqual([sub]);
    expect(await scanned(world, eventOf('cus_unknown'))).toEqual({ checked: 1, subs: [] });
  });

  it('is none that the webhook would ignore or could not read', async () => {
    const { world } = scene();
    const ignored = {
      kind: 'ignored',
      reason: 'no_customer',
      eventId: 'evt_2',
      eventType: 'any',
    } as const;
    expect(await scanned(world, ignored, { kind: 'malformed' })).toEqual({ checked: 2, subs: [] });
  });

  it('is looked up once for each customer and each user', async () => {
    const { world, sub, customerId } = scene();
    const asked: unknown[] = [];
    const { listings } = world.services;
    const other = world.addAccount('ben');
    const readings = [
      eventOf(customerId),
      eventOf(customerId),
      eventOf(other.customerId, { sub: 'ben' }),
      eventOf('cus_unknown'),
      eventOf(other.customerId, { includesReversal: true }),
      chargeOf(customerId),
    ];
    const items = await checkOf('events').scan({
      listings: {
        ...listings,
        events: async () => ({ items: readings, next: 'more' }),
        ownersOf: async (ids) => {
          asked.push(ids);
          return listings.ownersOf(ids);
        },
        rowsOf: async (subs) => {
          asked.push(subs);
          return listings.rowsOf(subs);
        },
        profilesOf: async (subs) => {
          asked.push(subs);
          return listings.profilesOf(subs);
        },
      },
      cursor: null,
      nowSeconds: world.nowSeconds(),
    });
    expect(asked).toEqual([
      [customerId, 'cus_unknown'],
      [sub, 'ben'],
      [sub, 'ben'],
    ]);
    expect([items.checked, items.next, items.drifts.map((drift) => drift.sub)]).toEqual([
      6,
      'more',
      [sub, sub, 'ben', null, null],
    ]);
  });

  it('is no finding if a sync has included it in the meantime', async () => {
    const { world, sub, customerId } = scene();
    const reading = eventOf(customerId);
    world.once('before', 'read entitlement', () =>
      world.addRow(sub, { customerIds: [customerId], syncedAt: world.nowSeconds() }),
    );
    expect(await findingsOf(world, reading)).toEqual([]);
    expect(world.calls).not.toContain('write entitlement');
  });

  it('is described in the docs', () => {
    expect(EVENT_REPAIR).toContain('`synced`');
  });
});

describe('An event about a refund or a dispute', () => {
  it.each<[string, (customerId: string) => EventReading]>([
    ['charge', (customerId) => chargeOf(customerId)],
    ['customer', (customerId) => eventOf(customerId, { includesReversal: true, sub: 'ann' })],
  ])('that names the %s is applied if the row does not show the reversal', async (_, reading) => {
    const { world, sub, customerId } = scene();
    await findingsOf(world, eventOf(customerId));
    expect(await findingsOf(world, reading(customerId))).toEqual([]);
    const [subscription] = world.stripe.subscriptions.values();
    if (subscription !== undefined) setReversal(world.stripe, subscription, 'refunded');
    expect(await findingsOf(world, reading(customerId))).toEqual(found(null, 'synced'));
    expect(world.dynamodb.entitlements.get(sub)?.reversal).toBe('refunded');
    expect(await findingsOf(world, reading(customerId))).toEqual([]);
  });

  it('that names the user too is applied while the user is being deleted', async () => {
    const { world, sub, customerId } = scene();
    await findingsOf(world, eventOf(customerId));
    const [subscription] = world.stripe.subscriptions.values();
    if (subscription !== undefined) setReversal(world.stripe, subscription, 'refunded');
    await world.systems.profiles.markForDeletion({ userId: sub, username: sub, at: '0', requested: true });
    expect(await findingsOf(world, chargeOf(customerId, sub))).toEqual(found(null, 'synced'));
    expect(world.dynamodb.entitlements.get(sub)?.reversal).toBe('refunded');
  });

  it('is no finding if the charge belongs to no customer, also not by the time of the repair', async () => {
    const { world, customerId } = scene();
    await findingsOf(world, eventOf(customerId));
    const [subscription] = world.stripe.subscriptions.values();
    if (subscription !== undefined) setReversal(world.stripe, subscription, 'refunded');
    const { services } = world;
    const answers: (string | null)[] = [];
    const customerOfCharge = async () => answers.shift() ?? null;
    const billing = { ...services.billing, customerOfCharge };
    const { applyEvent } = services;
    const [drift] = (
      await checkOf('events').scan({
        listings: {
          ...services.listings,
          events: async () => ({ items: [chargeOf(customerId)], next: null }),
        },
        cursor: null,
        nowSeconds: 0,
      })
    ).drifts;
    world.calls.length = 0;
    expect(await drift?.plan({ ...services, billing })).toEqual({ kind: 'unchanged' });
    expect(world.calls).toEqual([]);
    answers.push(customerId);
    const plan = await drift?.plan({
      ...services,
      billing,
      applyEvent: async (event) => ('chargeId' in event ? { kind: 'no_customer' } : applyEvent(event)),
    });
    expect(plan).toMatchObject({ kind: 'repair', action: 'synced' });
    expect(plan?.kind === 'repair' && (await plan.run())).toBe('unchanged');
  });
});

describe('The event of a customer that names another user than before', () => {
  // Ann's row shows the customer's subscription. By now the customer names `owner`.
  function reassigned(owner: string | null) {
    const { world, customerId } = scene();
    world.addProfile('ann', null);
    world.addProfile('ben', null);
    world.addRow('ben');
    const customer = world.stripe.customers.get(customerId);
    if (customer !== undefined) world.stripe.customers.set(customerId, { ...customer, sub: owner });
    const reading = eventOf(customerId, { sub: owner, reassigned: true, formerSub: 'ann' });
    const listedIn = (sub: string) => world.dynamodb.entitlements.get(sub)?.customerIds;
    return { world, customerId, reading, listedIn };
  }

  it('is applied to both users', async () => {
    const { world, customerId, reading, listedIn } = reassigned('ben');
    expect(await findingsOf(world, reading)).toEqual(found('ann', 'synced'));
    expect([listedIn('ann'), listedIn('ben')]).toEqual([[], [customerId]]);
    expect(world.metrics()).not.toContain('owner_contradiction');
    expect(await findingsOf(world, reading)).toEqual([]);
  });

  it('is applied to the new user if only the former one was synced', async () => {
    const { world, customerId, reading, listedIn } = reassigned('ben');
    world.addRow('ann', { syncedAt: T0 });
    expect(await findingsOf(world, reading)).toEqual(found('ben', 'synced'));
    expect(listedIn('ben')).toEqual([customerId]);
  });

  it.each([true, false])(
    'is applied to the former user if there is no new one (it is named: %s)',
    async (is) => {
      const { world, reading, listedIn } = reassigned(is ? 'carl' : null);
      expect(await findingsOf(world, reading)).toEqual(found('ann', 'synced'));
      expect(listedIn('ann')).toEqual(is ? [] : ['cus_1']);
      expect(await findingsOf(world, reading)).toEqual([]);
    },
  );

  it('is applied by removing a row of the former user that no sync has confirmed', async () => {
    const { world, customerId, reading, listedIn } = reassigned('carl');
    world.dynamodb.profiles.delete('ann');
    world.addRow('ann', { customerIds: [customerId], syncedAt: T0, provisional: true });
    expect(await findingsOf(world, reading)).toEqual(found('ann', 'synced'));
    expect(listedIn('ann')).toBeUndefined();
    expect(await findingsOf(world, reading)).toEqual([]);
  });

  it('is no finding if the row of the former user is later, or does not exist', async () => {
    const { world, customerId, reading } = reassigned('carl');
    world.addRow('ann', { customerIds: [customerId], syncedAt: T0 + HOUR });
    expect((await scanned(world, reading)).subs).toEqual([]);
    world.dynamodb.entitlements.delete('ann');
    expect((await scanned(world, reading)).subs).toEqual([]);
  });
});

describe('An event of a completed checkout', () => {
  function bought() {
    const world = createReconcileWorld();
    const { sub, customerId } = world.addAccount('ann');
    world.makeOlder(customerId, HOUR);
    const { sessionId, subscription } = world.addPurchase(sub, customerId);
    const checkout = { sessionId, subscriptionId: subscription.id };
    const refunded = () => world.stripe.payments.get(subscription.id)?.refunded;
    const mark = (requested: boolean) =>
      world.systems.profiles.markForDeletion({
        userId: sub,
        username: sub,
        at: String(T0 * 1000),
        requested,
      });
    const forget = () => {
      world.dynamodb.profiles.delete(sub);
      world.dynamodb.entitlements.delete(sub);
      world.cognito.users.delete(sub);
    };
    const reading = (named: string | null = sub) => eventOf(customerId, { sub: named, checkout });
    return { world, sub, customerId, checkout, refunded, mark, forget, reading };
  }

  it('syncs a user who is not being deleted', async () => {
    const { world, sub, reading } = bought();
    expect(await findingsOf(world, reading())).toEqual(found(sub, 'synced'));
    world.dynamodb.entitlements.delete(sub);
    expect(await findingsOf(world, reading())).toEqual(found(sub, 'synced'));
    expect(world.dynamodb.entitlements.get(sub)?.status).toBe('active');
  });

  it('is no finding if the row includes it, unless the user is being deleted', async () => {
    const { world, sub, customerId, reading, mark } = bought();
    world.addRow(sub, { customerIds: [customerId], syncedAt: T0 + HOUR });
    expect((await scanned(world, reading())).subs).toEqual([]);
    await mark(true);
    expect((await scanned(world, reading())).subs).toEqual([sub]);
    expect((await scanned(world, eventOf(customerId))).subs).toEqual([]);
  });

  it('differs from another event of a user who is being deleted, which is synced', async () => {
    const { world, sub, customerId, mark, refunded } = bought();
    await mark(true);
    expect(await findingsOf(world, eventOf(customerId, { sub }))).toEqual(found(sub, 'synced'));
    expect([world.dynamodb.entitlements.get(sub)?.status, refunded()]).toEqual(['active', false]);
  });

  it('is canceled and refunded if the user is deleted', async () => {
    const { world, sub, reading, forget, refunded } = bought();
    forget();
    world.readings.push(reading());
    const { findings } = await world.run({ checks, dryRun: true });
    expect(findings).toMatchObject([{ sub, outcome: 'found', planned: 'refunded' }]);
    expect(refunded()).toBe(false);
    expect(await findingsOf(world, reading())).toEqual(found(sub, 'refunded', ['subscription_canceled']));
    expect(refunded()).toBe(true);
    expect(world.calls).not.toContain('write entitlement');
    // Stripe lists the event for 30 days.
    expect(await findingsOf(world, reading())).toEqual([]);
  });

  it('is canceled and refunded if only the customer names the deleted user', async () => {
    const { world, sub, reading, forget, refunded } = bought();
    forget();
    expect(await findingsOf(world, reading(null))).toEqual(found(sub, 'refunded', ['subscription_canceled']));
    expect(refunded()).toBe(true);
  });

  it('is refunded at once if the user requested the deletion', async () => {
    const { world, sub, customerId, reading, mark, refunded } = bought();
    await mark(true);
    world.addRow(sub, { customerIds: [customerId], syncedAt: T0 + HOUR });
    expect(await findingsOf(world, reading())).toEqual(found(sub, 'refunded', ['subscription_canceled']));
    expect([refunded(), world.installation.endings.size]).toEqual([true, 0]);
    expect(await findingsOf(world, reading())).toEqual([]);
  });

  it('is left to the deletion if the gate does not permit the refund', async () => {
    const { world, reading, mark, refunded } = bought();
    await mark(false);
    world.advance(HOUR);
    expect(await findingsOf(world, reading())).toEqual([]);
    expect([refunded(), world.metrics()]).toEqual([false, []]);
  });

  it('only syncs the row if a row without a profile still exists', async () => {
    const { world, sub, customerId, reading, refunded } = bought();
    world.dynamodb.profiles.delete(sub);
    world.addRow(sub, { customerIds: [customerId] });
    expect(await findingsOf(world, reading())).toEqual([]);
    expect([world.dynamodb.entitlements.get(sub)?.status, refunded()]).toEqual(['active', false]);
  });
});
