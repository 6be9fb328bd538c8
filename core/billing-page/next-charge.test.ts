import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { comingCharge, comingCharges, scheduledChanges } from './next-charge.ts';
import type { BilledSubscription, Phases } from './ports.ts';

const END = 1_000_000;

function subscription(fields: Partial<BilledSubscription> = {}): BilledSubscription {
  return {
    id: 'sub_1',
    customerId: 'cus_1',
    itemIds: ['si_1'],
    status: 'active',
    periodEnd: END,
    trialEnd: null,
    endsAt: null,
    collectionPaused: false,
    isSent: false,
    paymentMethodId: 'pm_1',
    scheduleId: null,
    ...fields,
  };
}

const phases = (fields: Partial<Phases>): Phases => ({ next: null, cancelsAt: null, ...fields });

describe('The next charge of a subscription', () => {
  it.each([
    ['active', 'at the end of the period', END, false],
    ['past_due', 'at the end of the period, in addition to the one that is late', END, false],
    ['trialing', 'at the end of the trial', END - 7, true],
  ] as const)('that is %s is %s', (status, _, at, endsTrial) => {
    const one = subscription({ status, trialEnd: status === 'trialing' ? END - 7 : END - 9 });
    expect(comingCharge(one, undefined)).toEqual({ subscription: one, at, endsTrial, items: null });
  });

  it.each([
    [END, [{ price: 'price_2', quantity: 1 }]],
    [END + 1, null],
  ])('is of what a schedule changes it to by then: at %i', (at, items) => {
    const next = { at, items: [{ price: 'price_2', quantity: 1 }] };
    expect(comingCharge(subscription(), phases({ next }))).toMatchObject({ items });
  });

  it('of a trial whose end is not shown is at the end of its period', () => {
    expect(comingCharge(subscription({ status: 'trialing' }), undefined)).toMatchObject({ at: END });
  });

  it.each(['unpaid', 'paused', 'incomplete', 'canceled', 'new_status'])(
    'is none while it is %s',
    (status) => {
      expect(comingCharge(subscription({ status }), undefined)).toBeNull();
    },
  );

  it.each([
    ['its end is scheduled', { endsAt: END }, undefined],
    ['it ends before', { endsAt: END - 1 }, undefined],
    ['a schedule cancels it', {}, phases({ cancelsAt: END })],
    ['nothing is collected', { collectionPaused: true }, undefined],
    ['its period is not known', { periodEnd: null }, undefined],
  ] as const)('is none if %s', (_, fields, of) => {
    expect(comingCharge(subscription(fields), of)).toBeNull();
  });

  it.each([
    [{ endsAt: END + 1 }, undefined],
    [{}, phases({ cancelsAt: END + 1 })],
  ] as const)('is made if it ends after the period', (fields, of) => {
    expect(comingCharge(subscription(fields), of)).toMatchObject({ at: END });
  });

  it('is the soonest of several, and never after the end of its subscription', () => {
    const one = fc.record({
      periodEnd: fc.option(fc.integer({ min: 1, max: 50 })),
      endsAt: fc.option(fc.integer({ min: 1, max: 50 })),
      status: fc.constantFrom('active', 'trialing', 'paused'),
    });
    fc.assert(
      fc.property(fc.array(one, { maxLength: 5 }), (list) => {
        const all = list.map((fields, index) => subscription({ ...fields, id: `sub_${index}` }));
        const charges = comingCharges(all, new Map());
        const times = charges.map(({ at }) => at);
        expect(times).toEqual([...times].sort((a, b) => a - b));
        for (const { subscription: of, at } of charges) expect(of.endsAt ?? 99).toBeGreaterThan(at);
        const expected = all.filter(
          ({ status, periodEnd, endsAt }) =>
            status !== 'paused' && periodEnd !== null && (endsAt === null || endsAt > periodEnd),
        );
        expect(charges).toHaveLength(expected.length);
      }),
      { numRuns: 100 },
    );
  });
});

describe('What is scheduled', () => {
  const next = { at: END, items: [{ price: 'price_2', quantity: 2 }] };

  it('is the next phase of a schedule, and the end after it', () => {
    const of = new Map([['sub_1', phases({ next, cancelsAt: END + 5 })]]);
    expect(scheduledChanges([subscription()], of)).toEqual([
      { kind: 'change', at: END, subscription: 'sub_1', items: next.items },
      { kind: 'cancel', at: END + 5, subscription: 'sub_1', items: [] },
    ]);
  });

  it('is no change at or after the end', () => {
    const of = new Map([['sub_1', phases({ next })]]);
    expect(scheduledChanges([subscription({ endsAt: END })], of)).toEqual([
      { kind: 'cancel', at: END, subscription: 'sub_1', items: [] },
    ]);
  });

  it('is the earlier of two ends, and the soonest of several subscriptions comes first', () => {
    const all = [subscription({ endsAt: 9 }), subscription({ id: 'sub_2', endsAt: 4 })];
    const of = new Map([['sub_1', phases({ cancelsAt: 7 })]]);
    expect(scheduledChanges(all, of)).toEqual([
      { kind: 'cancel', at: 4, subscription: 'sub_2', items: [] },
      { kind: 'cancel', at: 7, subscription: 'sub_1', items: [] },
    ]);
    expect(scheduledChanges([subscription()], new Map())).toEqual([]);
  });
});
