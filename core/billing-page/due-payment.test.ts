import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { byAge, duePayment, type OpenPayment } from './due-payment.ts';
import type { OpenInvoice } from './ports.ts';

const invoice: OpenInvoice = {
  id: 'in_1',
  number: 'A-1',
  subscriptionId: 'sub_1',
  isSent: false,
  autoAdvance: true,
  attempts: 1,
  amountRemaining: 900,
  currency: 'eur',
  createdAt: 10,
  finalizedAt: 20,
  dueAt: null,
  nextAttemptAt: 99,
  page: 'https://invoice.example/1',
};

function due(fields: Partial<OpenInvoice>, of: Partial<OpenPayment> = {}) {
  return duePayment({ invoice: { ...invoice, ...fields }, paymentStatus: null, isFirst: false, ...of });
}

describe('An open invoice', () => {
  it('is due with what remains of it, its page and the next attempt', () => {
    expect(due({})).toEqual({
      invoice: 'in_1',
      number: 'A-1',
      subscription: 'sub_1',
      reason: 'payment_failed',
      amount: 900,
      currency: 'eur',
      since: 20,
      due_at: null,
      next_attempt_at: 99,
      hosted_invoice_url: 'https://invoice.example/1',
    });
    expect(due({ finalizedAt: null })).toMatchObject({ since: 10 });
  });

  it.each([
    ['requires_action', 'confirmation_required'],
    ['processing', 'processing'],
    ['requires_payment_method', 'payment_failed'],
    ['canceled', 'payment_failed'],
    ['new_status', 'payment_failed'],
  ])('whose payment is %s is shown as %s', (paymentStatus, reason) => {
    expect(due({}, { paymentStatus })).toMatchObject({ reason });
  });

  it('is not due once its payment has succeeded, or nothing remains', () => {
    expect(due({}, { paymentStatus: 'succeeded' })).toBeNull();
    expect(due({ amountRemaining: 0 })).toBeNull();
  });

  it('is not due while Stripe is about to charge it', () => {
    expect(due({ attempts: 0 })).toBeNull();
    expect(due({ attempts: 0 }, { paymentStatus: 'requires_payment_method' })).toBeNull();
  });

  it.each([
    ['was sent', { isSent: true, dueAt: 50 }, {}, 50],
    ['will not be charged by itself', { autoAdvance: false }, {}, null],
    ['is the first of a subscription that waits for it', {}, { isFirst: true }, null],
  ] as const)('that %s is to be paid by the user', (_, fields, of, dueAt) => {
    expect(due({ attempts: 0, ...fields }, of)).toMatchObject({ reason: 'payment_required', due_at: dueAt });
  });

  it('shows a day on which it is due only if it was sent', () => {
    expect(due({ dueAt: 50 })).toMatchObject({ due_at: null });
  });
});

describe('What is due', () => {
  it('is sorted by age, in one order however it was listed', () => {
    const one = fc.record({
      since: fc.option(fc.integer({ min: 0, max: 3 })),
      invoice: fc.constantFrom('in_1', 'in_2', 'in_3'),
    });
    fc.assert(
      fc.property(fc.uniqueArray(one, { selector: ({ invoice: id }) => id }), (list) => {
        const all = list.map((fields) => ({ ...due({}), ...fields })) as NonNullable<
          ReturnType<typeof due>
        >[];
        const sorted = [...all].sort(byAge);
        expect([...all].reverse().sort(byAge)).toEqual(sorted);
        for (const [index, next] of sorted.slice(1).entries()) {
          expect(next.since ?? 0).toBeGreaterThanOrEqual(sorted[index]?.since ?? 0);
        }
      }),
      { numRuns: 50 },
    );
  });
});
