/** What a lease may cost a sync, in virtual time, and which syncs events about features rely on. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SyncRequest } from '../../core/sync/sync-request.ts';
import { Fault } from '../../core/system/fault.ts';
import { burstScene, drained } from '../support/burst-scene.ts';
import { T0 } from '../support/subscriptions.ts';

const EVENTS = 12;
const unavailable = new Fault({ code: 'unavailable', system: 'dynamodb', operation: 'test' });

/** Another sync has taken the lease of the row a moment ago, and takes it again every 100 ms. */
function heldScene(seed = 1) {
  const scene = burstScene(seed);
  const { world, timeline, ofStripe } = scene;
  const lease = () => {
    const row = world.dynamodb.entitlements.get('ann');
    if (ofStripe().length === 0)
      world.addRow('ann', { ...row, lease: { id: 'other', sinceMs: timeline.nowMs } });
  };
  lease();
  for (let ms = 100; ms < 30_000; ms += 100) timeline.after(ms, lease);
  const slowly =
    (ms: number) =>
    <T>(read: () => T): Promise<T> =>
      new Promise((resolve) => timeline.after(ms, () => resolve(read())));
  const rowNow = () => world.dynamodb.entitlements.get('ann');
  // Returns how long the sync takes in all.
  const msOf = async (sync: ReturnType<typeof scene.process>, request: Partial<SyncRequest> = {}) => {
    let doneMs = 0;
    await drained(timeline, async () => {
      expect(await sync(scene.event(1, request))).toMatchObject({ kind: 'written' });
      doneMs = timeline.nowMs;
    });
    return doneMs - T0 * 1000;
  };
  return { ...scene, slowly, rowNow, msOf };
}

/** The calls to Stripe and the write after the wait. */
const OWN_MS = 700;

describe('A sync that waits for others', () => {
  it.each([300, 900, 1_900])('loses two seconds at most if a read takes %i ms', async (ms) => {
    const { process, slowly, rowNow, msOf } = heldScene();
    const read = () => slowly(ms)(rowNow);
    // The read before the wait is one that every sync makes.
    expect(await msOf(process({ entitlements: { read } }))).toBeLessThanOrEqual(ms + 2_000 + OWN_MS);
  });

  it('goes on with the row that it knows if a read in between is not answered', async () => {
    const { process, rowNow, msOf } = heldScene();
    let reads = 0;
    const read = () => {
      reads += 1;
      return reads === 1 ? Promise.resolve(rowNow()) : new Promise<never>(() => undefined);
    };
    expect(await msOf(process({ entitlements: { read } }))).toBeLessThanOrEqual(2_000 + OWN_MS);
    expect(reads).toBe(2);
  });

  it('goes on at once if a read in between fails', async () => {
    const { process, rowNow, msOf } = heldScene();
    let reads = 0;
    const read = () => {
      reads += 1;
      return reads === 1 ? Promise.resolve(rowNow()) : Promise.reject(unavailable);
    };
    expect(await msOf(process({ entitlements: { read } }))).toBeLessThanOrEqual(200 + OWN_MS);
  });

  it('needs no lease: one that cannot be taken is read without', async () => {
    const { process, msOf, calls, world } = heldScene();
    world.addRow('ann');
    const takeLease = () => Promise.reject(unavailable);
    expect(await msOf(process({ entitlements: { takeLease } }))).toBeLessThanOrEqual(OWN_MS);
    expect(calls[0]).toBe('read entitlement');
  });

  it('fails with what is no failure of another system', async () => {
    const { process, event, timeline } = heldScene();
    const takeLease = () => Promise.reject(new TypeError('A defect.'));
    const sync = process({ entitlements: { takeLease } });
    await expect(drained(timeline, () => sync(event(1)))).rejects.toThrow('A defect.');
  });

  it('does not wait for an event that reconcile has found', async () => {
    const { process, msOf, calls } = heldScene();
    expect(await msOf(process(), { foundByReconcile: true })).toBeLessThanOrEqual(OWN_MS);
    expect(calls.slice(0, 2)).toEqual(['read entitlement', 'list subscriptions']);
  });
});

describe('Events about features', () => {
  const ofFeatures = { includesFeatures: true } as const;

  it('rely on a sync that had not begun to read the features when they arrived', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.integer({ min: 1, max: EVENTS - 1 }), async (seed, summaries) => {
        const { timeline, process, event, ofStripe, pay, rowNow } = burstScene(seed);
        const end = pay();
        const syncs = Array.from({ length: EVENTS }, (_, id) =>
          process()(event(id, { includesFeatures: id < summaries })),
        );
        await drained(timeline, () => Promise.all(syncs));
        expect(ofStripe().filter((name) => name === 'list features')).toHaveLength(1);
        expect(ofStripe().length).toBeLessThanOrEqual(3);
        expect(rowNow()).toMatchObject({ currentPeriodEnd: end });
      }),
    );
  });

  it('leave the newest features, whenever they change and each event arrives', async () => {
    const arrivals = fc.array(fc.tuple(fc.nat(400), fc.boolean()), { minLength: 1, maxLength: EVENTS });
    await fc.assert(
      fc.asyncProperty(fc.nat(), arrivals, fc.nat(500), async (seed, delays, changeMs) => {
        const { world, timeline, process, event, rowNow } = burstScene(seed);
        const { customerId } = event(0);
        for (const [id, [delay, includesFeatures]] of delays.entries())
          timeline.after(delay, () => void process()(event(id, { includesFeatures })));
        timeline.after(changeMs, () => {
          world.stripe.entitled.set(customerId, ['new']);
          void process()(event(EVENTS, ofFeatures));
        });
        await timeline.drain(50_000);
        expect(rowNow()?.features).toEqual(['new']);
      }),
      { numRuns: 300 },
    );
  });

  it('read the features themselves if the other sync reads those of other customers', async () => {
    const { world, process, msOf, ofStripe, timeline } = heldScene();
    const row = world.dynamodb.entitlements.get('ann');
    const featuresRead = { by: 'other', customerIds: ['cus_other'] };
    timeline.after(250, () => {
      const { lease: _lease, ...free } = { ...row, featuresRead };
      world.addRow('ann', free);
    });
    await msOf(process(), ofFeatures);
    expect(ofStripe()).toEqual(['list subscriptions', 'list features']);
  });

  it('are not held up by an announcement that fails', async () => {
    const { timeline, process, event, rowNow } = burstScene(1);
    const announceFeatures = () => Promise.reject(unavailable);
    const sync = process({ entitlements: { announceFeatures } });
    expect(await drained(timeline, () => sync(event(1, ofFeatures)))).toMatchObject({ kind: 'written' });
    expect(rowNow()?.featuresRead).toBeNull();
  });
});
