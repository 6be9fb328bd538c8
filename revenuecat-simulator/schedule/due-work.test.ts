/** Property tests: however the clock moves, the same things happen in the same order at the same times. */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EventBody } from '../index.ts';
import { DAY_MS, type Rig, startRig, testStart } from '../testing/rig.ts';

let rig: Rig;
let other: Rig;
beforeAll(async () => {
  [rig, other] = await Promise.all([startRig(), startRig()]);
});
afterAll(() => Promise.all([rig.close(), other.close()]));

interface Step {
  readonly customer: number;
  readonly action: string;
  readonly days: number;
}

const actions = [
  'buy',
  'trial',
  'cancel',
  'uncancel',
  'fail',
  'recover',
  'refund',
  'pause',
  'extend',
  'change',
];
const steps = fc.array(
  fc.record({
    customer: fc.integer({ min: 0, max: 2 }),
    action: fc.constantFrom(...actions),
    days: fc.integer({ min: 0, max: 45 }),
  }),
  { minLength: 1, maxLength: 14 },
);

/** Does one step. A step that the state does not allow changes nothing. */
function perform({ simulator }: Rig, { customer, action, days }: Step, bought: Map<number, string>): void {
  const customerId = `user-${customer}`;
  if (action === 'buy' || action === 'trial') {
    const trialDays = action === 'trial' ? days : 0;
    const request = { customerId, product: 'monthly_pro', store: 'play_store', trialDays } as const;
    bought.set(customer, simulator.purchase(request).id);
    return;
  }
  const id = bought.get(customer) ?? 'sub1none';
  const attempts: Readonly<Record<string, () => unknown>> = {
    cancel: () => simulator.cancel(id),
    uncancel: () => simulator.uncancel(id),
    fail: () => simulator.billingIssue(id, { graceDays: days, atRenewal: days % 2 === 0 }),
    recover: () => simulator.recover(id),
    refund: () => simulator.refund(id),
    pause: () => simulator.pause(id, days),
    extend: () => simulator.extend(id, days),
    change: () => simulator.changeProduct(id, { product: 'yearly_pro', atRenewal: days % 2 === 0 }),
  };
  try {
    attempts[action]?.();
  } catch {
    // The state does not allow it.
  }
}

/** Performs the steps. Each is followed by its days, which pass in the given number of moves. */
function play(target: Rig, list: readonly Step[], moves: number): readonly EventBody[] {
  target.simulator.reset();
  target.clock.ms = testStart;
  const bought = new Map<number, string>();
  for (const step of list) {
    perform(target, step, bought);
    for (let move = 0; move < moves; move++) target.simulator.advance((step.days * 24 * 3600) / moves);
  }
  target.simulator.advance(200 * 24 * 3600);
  return target.simulator.events();
}

const idFields = ['id', 'transaction_id', 'original_transaction_id'];

function withoutIds(event: EventBody): object {
  return Object.fromEntries(Object.entries(event).filter(([name]) => !idFields.includes(name)));
}

describe('Due work', () => {
  it('does not depend on how far the clock moves at once', () => {
    fc.assert(
      fc.property(steps, fc.integer({ min: 2, max: 9 }), (list, moves) => {
        const once = play(rig, list, 1).map(withoutIds);
        const often = play(other, list, moves).map(withoutIds);
        expect(often).toEqual(once);
      }),
      { numRuns: 200 },
    );
  });

  it('happens in the order of time, and never after the clock', () => {
    fc.assert(
      fc.property(steps, (list) => {
        const times = play(rig, list, 1).map((event) => event.event_timestamp_ms);
        expect(times).toEqual(times.toSorted((one, next) => one - next));
        expect(Math.max(testStart, ...times)).toBeLessThanOrEqual(rig.simulator.nowMs());
      }),
      { numRuns: 200 },
    );
  });

  it('leaves no entitlement active after its end', async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (list) => {
        play(rig, list, 1);
        for (const customer of [0, 1, 2]) {
          const { status, body } = await rig.api(`customers/user-${customer}/active_entitlements`);
          if (status !== 200) continue;
          for (const { expires_at: end } of body['items'] as readonly { expires_at: number | null }[]) {
            expect(end ?? Number.POSITIVE_INFINITY).toBeGreaterThan(rig.simulator.nowMs());
          }
        }
      }),
      { numRuns: 20 },
    );
  });

  it('of the same time happens in the order of the purchases', () => {
    rig.simulator.reset();
    rig.clock.ms = testStart;
    for (const customerId of ['c', 'a', 'b']) rig.simulator.purchase({ customerId, product: 'monthly_pro' });
    rig.simulator.advance(31 * 24 * 3600);
    expect(rig.simulator.events().slice(3)).toMatchObject([
      { type: 'RENEWAL', app_user_id: 'c' },
      { type: 'RENEWAL', app_user_id: 'a' },
      { type: 'RENEWAL', app_user_id: 'b' },
    ]);
  });

  it('is done before a request is answered when only real time passes', async () => {
    rig.simulator.reset();
    rig.clock.ms = testStart;
    rig.simulator.purchase({ customerId: 'ann', product: 'monthly_pro', trialDays: 1 });
    rig.clock.ms += DAY_MS;
    expect((await rig.api('customers/ann/subscriptions')).body['items']).toMatchObject([
      { status: 'active' },
    ]);
  });

  it('returns to the last day of the month', () => {
    rig.simulator.reset();
    rig.clock.ms = Date.UTC(2027, 0, 31);
    rig.simulator.purchase({ customerId: 'ann', product: 'monthly_pro' });
    rig.simulator.advance(62 * 24 * 3600);
    expect(rig.simulator.events().map((event) => event['expiration_at_ms'])).toEqual([
      Date.UTC(2027, 1, 28),
      Date.UTC(2027, 2, 31),
      Date.UTC(2027, 3, 30),
    ]);
  });
});
