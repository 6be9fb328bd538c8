import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { refundAmount } from './amount.ts';
import type { PaidInvoice, PaidPayment, PaidSubscription } from './paid.ts';
import type { RefundPolicy } from './policy.ts';

const START = 1_767_225_600;
const DAY = 86_400;
const YEAR = 360 * DAY;
const END = START + YEAR;

const proRata: RefundPolicy = { kind: 'pro_rata' };
const within = (days: number, older: 'none' | 'pro_rata' = 'none'): RefundPolicy => ({
  kind: 'full_within_days',
  days,
  older,
});

function payment(paid: number, fields: Partial<PaidPayment> = {}): PaidPayment {
  const source = { kind: 'charge', id: `ch_${paid}` } as const;
  return { source, paid, returned: 0, disputed: false, ours: null, ...fields };
}

function invoice(total: number, fields: Partial<PaidInvoice> = {}): PaidInvoice {
  return {
    id: 'in_1',
    paidAt: START,
    total,
    credited: 0,
    lines: [{ amount: total, start: START, end: END }],
    payments: total > 0 ? [payment(total)] : [],
    ...fields,
  };
}

function paidBy(invoices: readonly PaidInvoice[], fields: Partial<PaidSubscription> = {}): PaidSubscription {
  return { currency: 'eur', invoices, unbilled: [], credit: 0, ...fields };
}

/** After a part of the year, from 0 to 1. */
const after = (part: number, policy: RefundPolicy = proRata) => ({
  policy,
  requestedAt: START + part * YEAR,
});

const amounts = (paid: PaidSubscription, terms: Parameters<typeof refundAmount>[1]) => {
  const { amount, parts, outside } = refundAmount(paid, terms);
  return { amount, parts: parts.map((part) => [part.source.id, part.amount]), outside };
};

describe('A refund in proportion', () => {
  it.each([
    [0, 12_000],
    [0.25, 9_000],
    [0.5, 6_000],
    [1, 0],
    [1.5, 0],
  ])('returns what is unused after %f of the year: %i', (part, expected) => {
    expect(refundAmount(paidBy([invoice(12_000)]), after(part)).amount).toBe(expected);
  });

  it('gives all of a period back that begins after the request', () => {
    expect(refundAmount(paidBy([invoice(12_000)]), after(-0.1)).amount).toBe(12_000);
  });

  it('rounds each line to the nearest unit, also in a currency without smaller units', () => {
    expect(refundAmount(paidBy([invoice(1_000)]), after(1 / 3)).amount).toBe(667);
    expect(refundAmount(paidBy([invoice(1)]), after(0.75)).amount).toBe(0);
  });

  it('counts what was sold once with it as used, and shares the payment among all lines', () => {
    const lines = [{ amount: 8_000, start: START, end: END }];
    expect(refundAmount(paidBy([invoice(12_000, { lines })]), after(0.5)).amount).toBe(4_000);
    const half = { lines, payments: [payment(6_000)] };
    expect(refundAmount(paidBy([invoice(12_000, half)]), after(0.5)).amount).toBe(2_000);
  });

  it('counts no line without a length, or that ends with the request', () => {
    const [at, later] = [START + YEAR / 2, START + YEAR];
    const lines = [
      { amount: 5_000, start: later, end: later },
      { amount: 3_000, start: START, end: at },
    ];
    for (const policy of [proRata, within(365)])
      expect(refundAmount(paidBy([invoice(8_000, { lines })]), { policy, requestedAt: at }).amount).toBe(0);
  });

  it('leaves out the fraction where only a part was paid', () => {
    const paid = paidBy([invoice(1_000, { payments: [payment(667)] })]);
    expect(refundAmount(paid, after(0.5)).amount).toBe(333);
  });

  it('counts each add-on by its own period', () => {
    const lines = [
      { amount: 12_000, start: START, end: END },
      { amount: 1_000, start: START, end: START + 30 * DAY },
    ];
    const paid = paidBy([invoice(13_000, { lines })]);
    expect(refundAmount(paid, { policy: proRata, requestedAt: START + 15 * DAY }).amount).toBe(11_500 + 500);
  });
});

describe('A payment', () => {
  it.each([
    ['by a balance or a coupon returns nothing', { payments: [] }, 0],
    [
      'that was refunded in part returns its part of the rest',
      { payments: [payment(12_000, { returned: 4_000 })] },
      4_000,
    ],
    ['that a credit note has returned returns nothing more', { credited: 12_000 }, 0],
    ['that the bank has reversed returns nothing', { payments: [payment(12_000, { disputed: true })] }, 0],
    ['that also settled a debt returns the price alone', { payments: [payment(15_000)] }, 6_000],
  ])('%s', (_, fields, expected) => {
    expect(refundAmount(paidBy([invoice(12_000, fields)]), after(0.5)).amount).toBe(expected);
  });

  it('outside of Stripe is left to a person, after the payments in Stripe', () => {
    const outside = payment(4_000, { source: null });
    const paid = paidBy([invoice(12_000, { payments: [outside, payment(8_000)] })]);
    expect(amounts(paid, after(0.25))).toEqual({
      amount: 9_000,
      parts: [['ch_8000', 8_000]],
      outside: 1_000,
    });
  });

  it('of several is refunded through the newest first, and never beyond itself', () => {
    const newer = invoice(3_000, { id: 'in_2', paidAt: START + DAY });
    const paid = paidBy([invoice(9_000), newer]);
    expect(amounts(paid, after(0.5)).parts).toEqual([
      ['ch_3000', 3_000],
      ['ch_9000', 3_000],
    ]);
  });

  it.each(['refunded', 'pending', 'failed'] as const)(
    'that this deletion has refunded is not refunded again: %s',
    (state) => {
      const ours = { amount: 6_000, state };
      const paid = paidBy([invoice(12_000, { payments: [payment(12_000, { ours })] })]);
      expect(amounts(paid, after(0.5))).toEqual({ amount: 6_000, parts: [], outside: 0 });
    },
  );

  it('that this deletion has refunded counts against the others', () => {
    const payments = [payment(5_000, { ours: { amount: 5_000, state: 'refunded' } }), payment(7_000)];
    expect(amounts(paidBy([invoice(12_000, { payments })]), after(0.5)).parts).toEqual([['ch_7000', 1_000]]);
  });
});

/** Half of the year with one plan, and then with another, changed at once. */
function changed(before: number, later: number, fields: Partial<PaidInvoice> = {}): readonly PaidInvoice[] {
  const middle = START + YEAR / 2;
  const lines = [
    { amount: -before / 2, start: middle, end: END },
    { amount: later / 2, start: middle, end: END },
  ];
  return [invoice(before), invoice((later - before) / 2, { id: 'in_2', paidAt: middle, lines, ...fields })];
}

describe('A plan that was changed within the period', () => {
  it('returns the unused part of the new plan after an upgrade', () => {
    expect(amounts(paidBy(changed(12_000, 24_000)), after(0.75))).toEqual({
      amount: 6_000,
      parts: [['ch_6000', 6_000]],
      outside: 0,
    });
  });

  it('returns the credit of a downgrade as far as the balance still holds it', () => {
    const invoices = changed(12_000, 4_000);
    expect(refundAmount(paidBy(invoices, { credit: 4_000 }), after(0.75)).amount).toBe(1_000 + 4_000);
    expect(refundAmount(paidBy(invoices, { credit: 9_000 }), after(0.75)).amount).toBe(1_000 + 4_000);
    expect(refundAmount(paidBy(invoices), after(0.75)).amount).toBe(1_000);
  });

  it.each([
    ['is set off after an upgrade', 24_000, 0],
    ['is added after a downgrade', 4_000, 5_000],
  ])('and is not billed yet: what was used since %s', (_, later, expected) => {
    const [first] = changed(12_000, later);
    const middle = START + YEAR / 2;
    const unbilled = [-6_000, later / 2].map((amount) => ({
      amount,
      start: middle,
      end: END,
      createdAt: middle,
    }));
    expect(refundAmount(paidBy([first as PaidInvoice], { unbilled }), after(0.75)).amount).toBe(expected);
  });

  it('returns nothing for an upgrade whose invoice is not paid, and the unused part of the first payment', () => {
    const invoices = changed(12_000, 24_000, { payments: [] });
    expect(refundAmount(paidBy(invoices), after(0.75)).amount).toBe(3_000);
  });
});

describe('A refund in full within days', () => {
  const at = (days: number, policy: RefundPolicy) => ({ policy, requestedAt: START + days * DAY });

  it.each([
    [14, within(14), 12_000],
    [14 + 1 / DAY, within(14), 0],
    [18, within(14, 'pro_rata'), 11_400],
    [14, within(14, 'pro_rata'), 12_000],
    [-1, within(1), 12_000],
  ])('after %f days by %o returns %i', (days, policy, expected) => {
    expect(refundAmount(paidBy([invoice(12_000)]), at(days, policy)).amount).toBe(expected);
  });

  it('undoes an upgrade of these days, and treats the first payment by its own age', () => {
    const invoices = changed(12_000, 24_000);
    expect(refundAmount(paidBy(invoices), at(190, within(14))).amount).toBe(6_000);
    expect(refundAmount(paidBy(invoices), at(190, within(14, 'pro_rata'))).amount).toBe(6_000 + 5_667);
  });

  it('leaves out a change that is older than these days', () => {
    const change = { start: START - DAY, end: END, createdAt: START - 20 * DAY };
    const paid = paidBy([invoice(12_000)], { unbilled: [{ amount: 5_000, ...change }] });
    expect(refundAmount(paid, at(1, within(14))).amount).toBe(12_000);
  });

  it('is not reduced by a change that no invoice bills yet', () => {
    const change = { start: START + 3 * DAY, end: END, createdAt: START + 3 * DAY };
    const paid = paidBy([invoice(12_000)], { unbilled: [{ amount: 5_000, ...change }] });
    expect(refundAmount(paid, at(4, within(14))).amount).toBe(12_000);
  });
});

describe('Any refund', () => {
  const policies = fc.constantFrom<RefundPolicy>(
    { kind: 'none' },
    proRata,
    within(14),
    within(30, 'pro_rata'),
  );
  const money = fc.integer({ min: 0, max: 99_999_999 });
  const ours = fc.option(
    fc.record({ amount: money, state: fc.constantFrom('refunded' as const, 'failed' as const) }),
  );
  const payments = fc.array(
    fc.record({ paid: money, returned: money, disputed: fc.boolean(), isOutside: fc.boolean(), ours }),
    { maxLength: 3 },
  );
  const seconds = fc.integer({ min: -YEAR, max: 2 * YEAR });
  const lines = fc.array(
    fc.record({
      amount: fc.integer({ min: -99_999_999, max: 99_999_999 }),
      from: seconds,
      length: fc.nat(YEAR),
    }),
    { maxLength: 4 },
  );
  const invoices = fc.array(
    fc.record({
      total: fc.integer({ min: -9_999_999, max: 99_999_999 }),
      paidAfter: seconds,
      credited: money,
      lines,
      payments,
    }),
    { maxLength: 4 },
  );

  it('is never more than what was paid and kept, of each payment and of all, and never negative', () => {
    fc.assert(
      fc.property(invoices, policies, seconds, money, (drawn, policy, used, credit) => {
        const all = drawn.map((one, index): PaidInvoice => {
          return {
            id: `in_${index}`,
            paidAt: START + one.paidAfter,
            total: one.total,
            credited: one.credited,
            lines: one.lines.map(({ amount, from, length }) => {
              return { amount, start: START + from, end: START + from + length };
            }),
            payments: one.payments.map(({ isOutside, ours: own, ...fields }, place): PaidPayment => {
              const source = isOutside ? null : ({ kind: 'charge', id: `ch_${index}_${place}` } as const);
              return { ...fields, source, ours: own };
            }),
          };
        });
        const terms = { policy, requestedAt: START + used };
        const { amount, parts, outside } = refundAmount(paidBy(all, { credit }), terms);
        const kept = ({ paid, returned, disputed }: PaidPayment) =>
          disputed ? 0 : Math.max(0, paid - returned);
        const every = all.flatMap((one) => one.payments);
        const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
        expect(amount).toBeGreaterThanOrEqual(0);
        expect(amount).toBeLessThanOrEqual(sum(every.map(kept)));
        expect(policy.kind === 'none' && amount > 0).toBe(false);
        expect(outside + sum(parts.map((part) => part.amount))).toBeLessThanOrEqual(amount);
        for (const part of parts) {
          const of = every.find(({ source }) => source?.id === part.source.id);
          expect([of?.ours ?? null, part.amount <= (of === undefined ? 0 : kept(of))]).toEqual([null, true]);
          expect(Number.isSafeInteger(part.amount) && part.amount > 0).toBe(true);
        }
        const settled = sum(every.map((one) => one.ours?.amount ?? 0));
        const taken = settled === 0 ? outside + sum(parts.map((part) => part.amount)) : amount;
        expect(taken).toBe(amount);
      }),
      { numRuns: 300 },
    );
  });

  it('of one payment is less the later the request is', () => {
    fc.assert(
      fc.property(money, fc.nat(YEAR), fc.nat(YEAR), (total, one, other) => {
        const at = (used: number) =>
          refundAmount(paidBy([invoice(total)]), { policy: proRata, requestedAt: START + used }).amount;
        expect(at(Math.max(one, other))).toBeLessThanOrEqual(at(Math.min(one, other)));
      }),
      { numRuns: 100 },
    );
  });
});
