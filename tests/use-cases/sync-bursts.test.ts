/** Many events of one customer at the same moment, in virtual time: how often Stripe is read, and that the row is right. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SyncRequest } from '../../core/sync/sync-request.ts';
import { Fault } from '../../core/system/fault.ts';
import { drained, burstScene as scene } from '../support/burst-scene.ts';
import { T0 } from '../support/subscriptions.ts';

const EVENTS = 12;

describe('Twelve events of one payment that arrive at the same moment', () => {
  it('read the subscriptions twice, and the features once, whatever the calls take', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(), async (seed) => {
        const { timeline, process, event, ofStripe, pay, rowNow } = scene(seed);
        const end = pay();
        const syncs = Array.from({ length: EVENTS }, (_, id) => process()(event(id)));
        const outcomes = await drained(timeline, () => Promise.all(syncs));
        expect(new Set(outcomes.map(({ kind }) => kind))).toEqual(new Set(['written', 'already_current']));
        expect(ofStripe().sort()).toEqual(['list features', 'list subscriptions', 'list subscriptions']);
        expect(rowNow()).toMatchObject({ currentPeriodEnd: end, syncs: 2 });
        expect(rowNow()).not.toHaveProperty('lease');
      }),
    );
  });

  it('leave the newest state if the change comes among them, whenever each arrives', async () => {
    const arrivals = fc.array(fc.nat(400), { minLength: 2, maxLength: EVENTS });
    await fc.assert(
      fc.asyncProperty(fc.nat(), arrivals, fc.nat(400), async (seed, delays, changeMs) => {
        const { timeline, process, event, pay, rowNow, ofStripe } = scene(seed);
        let end: number | null | undefined;
        for (const [id, delay] of delays.entries()) timeline.after(delay, () => void process()(event(id)));
        timeline.after(changeMs, () => {
          end = pay();
          void process()(event(EVENTS));
        });
        await timeline.drain(50_000);
        expect(rowNow()?.currentPeriodEnd).toBe(end);
        // One reads at a time.
        expect(ofStripe().length).toBeLessThanOrEqual(delays.length + 2);
      }),
    );
  });
});

describe('A sync that finds the lease of the row held', () => {
  const held = { id: 'other', sinceMs: T0 * 1000 };

  it('goes on by itself when the holder has died, and is done a lease and a read later', async () => {
    const { world, timeline, process, event, ofStripe } = scene(1);
    const row = world.dynamodb.entitlements.get('ann');
    world.addRow('ann', { ...row, lease: held });
    const outcome = await drained(timeline, () => process()(event(1)));
    expect(outcome).toMatchObject({ kind: 'written', attempts: 1 });
    expect(ofStripe()).toEqual(['list subscriptions', 'list features']);
  });

  it.each([-3_600_000, 3_600_000])('waits for none whose clock is %i ms off', async (skewMs) => {
    const { world, timeline, process, event, calls } = scene(1);
    const row = world.dynamodb.entitlements.get('ann');
    world.addRow('ann', { ...row, lease: { ...held, sinceMs: held.sinceMs + skewMs } });
    await drained(timeline, () => process()(event(1)));
    expect(calls[0]).toBe('lease entitlement');
    expect(calls).not.toContain('read entitlement');
  });

  it('is not included by one more sync, which may have read Stripe before, and is by two', async () => {
    for (const [syncs, kind] of [
      [1, 'written'],
      [2, 'already_current'],
    ] as const) {
      const { world, timeline, process, event } = scene(1);
      const row = world.dynamodb.entitlements.get('ann');
      world.addRow('ann', { ...row, lease: held });
      timeline.after(300, () => world.addRow('ann', { ...row, syncs }));
      expect(await drained(timeline, () => process()(event(1)))).toMatchObject({ kind });
    }
  });

  it.each<[string, Partial<SyncRequest>, object]>([
    ['the row does not list the customer', {}, { customerIds: ['cus_other'] }],
    ['the row is not confirmed', {}, { provisional: true }],
    ['the features could not be read', {}, { featuresUnread: true }],
    ['the event is about features', { includesFeatures: true }, {}],
    ['the event is about a refund', { includesReversal: true }, {}],
    ['the time of the event is unknown', { changedAt: null }, {}],
  ])('reads Stripe itself after two syncs, if %s', async (_, request, fields) => {
    const { world, timeline, process, event, ofStripe } = scene(1);
    const row = world.dynamodb.entitlements.get('ann');
    world.addRow('ann', { ...row, lease: held });
    timeline.after(300, () => world.addRow('ann', { ...row, syncs: 2, ...fields }));
    expect(await drained(timeline, () => process()(event(1, request)))).toMatchObject({ kind: 'written' });
    expect(ofStripe()).toContain('list subscriptions');
  });

  it('waits at most two seconds, also if the row seems to be leased again and again', async () => {
    const { world, timeline, process, event } = scene(1);
    const lease = () => {
      const row = world.dynamodb.entitlements.get('ann');
      world.addRow('ann', { ...row, lease: { id: 'other', sinceMs: timeline.nowMs } });
    };
    lease();
    for (let ms = 100; ms < 10_000; ms += 100) timeline.after(ms, lease);
    let doneMs = 0;
    await drained(timeline, async () => {
      await process()(event(1));
      doneMs = timeline.nowMs;
    });
    expect(doneMs - T0 * 1000).toBeLessThan(3_000);
  });

  it('does not wait at the request of a user', async () => {
    const { world, timeline, process, event, calls } = scene(1);
    const row = world.dynamodb.entitlements.get('ann');
    world.addRow('ann', { ...row, lease: held });
    const cause = { kind: 'user', requestId: null } as const;
    await drained(timeline, () => process()(event(1, { cause, changedAt: null })));
    expect(calls).toEqual(['read entitlement', 'list subscriptions', 'list features', 'write entitlement']);
  });
});

it('A sync that fails ends its lease, so that the next event goes on at once', async () => {
  const { timeline, process, event, calls, rowNow } = scene(1);
  const fault = new Fault({ code: 'unavailable', system: 'stripe', operation: 'list subscriptions' });
  const failing = process({ billing: { listSubscriptions: () => Promise.reject(fault) } });
  await expect(drained(timeline, () => failing(event(1)))).rejects.toBe(fault);
  expect(calls).toEqual(['lease entitlement', 'end lease']);
  expect(rowNow()).not.toHaveProperty('lease');
});
