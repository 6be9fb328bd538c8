import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DAY, item, subscription, T0 } from '../../tests/support/subscriptions.ts';
import {
  type BilledPeriod,
  billedPeriodOf,
  billsPeriod,
  type Invoice,
  type InvoiceLine,
  lateSince,
  reversalOf,
} from './period-invoice.ts';

const YEAR = 365 * DAY;

function invoice(overrides: Partial<Invoice> = {}): Invoice {
  return {
    id: 'in_1',
    status: 'paid',
    billingReason: 'subscription_cycle',
    isSent: false,
    createdAt: T0,
    finalizedAt: T0 + 3_600,
    dueAt: null,
    periodEnd: T0,
    total: 1_000,
    amountPaid: 1_000,
    creditedBefore: 0,
    creditedAfter: 0,
    uncollectibleReason: null,
    ...overrides,
  };
}

const kept = { refunded: 0, credited: 0, disputes: [] };

describe('The payment for a period', () => {
  it.each([
    ['is kept without refunds', {}, kept, null],
    ['is kept after a partial refund', {}, { ...kept, refunded: 999 }, null],
    ['is refunded once refunds add up to it', {}, { ...kept, refunded: 1_000 }, 'refunded'],
    [
      'is refunded by a refund and a credit note together',
      {},
      { ...kept, refunded: 400, credited: 600 },
      'refunded',
    ],
    ['is kept after a partial credit note', {}, { ...kept, credited: 400 }, null],
    [
      'is refunded if the balance that paid it is credited again',
      { amountPaid: 0 },
      { ...kept, credited: 1_000 },
      'refunded',
    ],
    [
      'is kept while only what was collected went back, because the balance paid the rest',
      { amountPaid: 600 },
      { ...kept, refunded: 600 },
      null,
    ],
    [
      'is refunded once the balance has its part back as well',
      { amountPaid: 600 },
      { ...kept, refunded: 600, credited: 400 },
      'refunded',
    ],
    [
      'is kept after a partial refund of what was collected with a debt',
      { amountPaid: 1_500 },
      { ...kept, refunded: 1_000 },
      null,
    ],
    [
      'is refunded with the debt that was collected with it',
      { amountPaid: 1_500 },
      { ...kept, refunded: 1_500 },
      'refunded',
    ],
    [
      'is refunded if the balance is credited with what an earlier credit note left',
      { amountPaid: 0, creditedBefore: 400 },
      { ...kept, credited: 600 },
      'refunded',
    ],
    [
      'is still due after a refund of a part that was paid',
      { status: 'open', amountPaid: 400 },
      { ...kept, refunded: 400 },
      null,
    ],
    ['is kept after a dispute that was won', {}, { ...kept, disputes: ['won'] }, null],
    ['is kept if it was free', { total: 0, amountPaid: 0 }, kept, null],
    ['is lost with a dispute of a part of it', {}, { ...kept, disputes: ['won', 'lost'] }, 'dispute_lost'],
    ['is lost while an appeal is open', {}, { ...kept, disputes: ['appeal_under_review'] }, 'dispute_lost'],
    ['is disputed', {}, { ...kept, disputes: ['under_review'] }, 'dispute_open'],
    [
      'is refunded rather than disputed',
      {},
      { refunded: 1_000, credited: 0, disputes: ['needs_response'] },
      'refunded',
    ],
    [
      'is kept after an inquiry',
      {},
      { ...kept, disputes: ['warning_needs_response', 'warning_closed'] },
      null,
    ],
    ['is kept after a dispute that was prevented', {}, { ...kept, disputes: ['prevented'] }, null],
    ['is waived by voiding its invoice', { status: 'void', amountPaid: 0 }, kept, 'voided'],
    [
      'is waived by crediting its invoice before it is paid',
      { amountPaid: 0, creditedBefore: 1_000 },
      kept,
      'voided',
    ],
    ['is given up', { status: 'uncollectible', amountPaid: 0 }, kept, 'uncollectible'],
    [
      'is given away by a pause that marks invoices as uncollectible',
      { status: 'uncollectible', amountPaid: 0, uncollectibleReason: 'subscription_paused' },
      kept,
      'voided',
    ],
    ['is still due while the invoice is a draft', { status: 'draft', amountPaid: 0 }, kept, null],
    ['is still due while the invoice is open', { status: 'open', amountPaid: 0 }, kept, null],
  ] as const)('%s', (_, fields, returned, expected) => {
    expect(reversalOf(invoice(fields), returned)).toBe(expected);
  });

  it('is refunded if and only if what was returned reaches what was paid, in whatever parts', () => {
    const parts = fc.array(fc.integer({ min: 0, max: 500 }), { maxLength: 12 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2_000 }), parts, parts, (paid, refunds, credits) => {
        const sum = (of: readonly number[]) => of.reduce((a, b) => a + b, 0);
        const returned = { refunded: sum(refunds), credited: sum(credits), disputes: [] };
        const expected = sum(refunds) + sum(credits) >= paid ? 'refunded' : null;
        expect(reversalOf(invoice({ total: paid, amountPaid: paid }), returned)).toBe(expected);
      }),
    );
  });
});

describe('The invoice of a period', () => {
  const plan = item({ id: 'si_plan', periodEnd: T0 + YEAR });
  const seats = item({ id: 'si_seats', role: 'add_on', createdAt: T0 + 1 });
  const period = billedPeriodOf(subscription({ items: [plan, seats] })) as BilledPeriod;
  const line = (fields: Partial<InvoiceLine> = {}): InvoiceLine => ({
    itemId: 'si_plan',
    isProration: false,
    start: T0,
    end: T0 + YEAR,
    ...fields,
  });
  const bills = (lines: readonly InvoiceLine[], billingReason = 'subscription_cycle') =>
    billsPeriod({ billingReason }, lines, period);

  it('is that of the base plan, whose period is its own', () => {
    expect(period).toEqual({ otherItemIds: new Set(['si_seats']), start: T0, end: T0 + YEAR });
    expect(billedPeriodOf(subscription({ items: [seats] }))).toMatchObject({ end: T0 + 30 * DAY });
    expect(billedPeriodOf(subscription({ status: 'trialing' }))).toBeUndefined();
    expect(billedPeriodOf(subscription({ status: 'canceled' }))).toBeUndefined();
    const old = { periodStart: T0, periodEnd: T0 + DAY };
    expect(billedPeriodOf(subscription({ items: [], ...old }))).toBeUndefined();
    expect(billedPeriodOf(subscription({ items: [item({ periodStart: null })] }))).toBeUndefined();
    expect(billedPeriodOf(subscription({ items: [item({ periodEnd: null })] }))).toBeUndefined();
  });

  it('is that of the higher of two plans, which have periods of their own', () => {
    const basic = item({ id: 'si_basic', priceId: 'price_basic', periodEnd: T0 + YEAR });
    const pro = item({ id: 'si_pro', priceId: 'price_pro', createdAt: T0 + 1 });
    const both = subscription({ items: [basic, pro] });
    expect(billedPeriodOf(both)).toMatchObject({ end: T0 + YEAR });
    const order = new Map([['price_pro', 0]]);
    const expected = { otherItemIds: new Set(['si_basic']), start: T0, end: T0 + 30 * DAY };
    expect(billedPeriodOf(both, order)).toEqual(expected);
  });

  it.each([
    ['a line for the whole period', [line()], true],
    ['a line that begins with it', [line({ end: T0 + DAY })], true],
    ['a line that ends with it, since its start was moved', [line({ start: T0 - DAY })], true],
    ['a line for several periods, billed ahead', [line({ start: T0 - YEAR, end: T0 + 2 * YEAR })], true],
    ['a line of an item that was replaced since', [line({ itemId: 'si_old' })], true],
    ['a line of another period', [line({ start: T0 - YEAR, end: T0 })], false],
    ['a line of a period that overlaps its start', [line({ start: T0 - DAY, end: T0 + DAY })], false],
    ['a line of a period that overlaps its end', [line({ start: T0 + DAY, end: T0 + 2 * YEAR })], false],
    ['a line of another item', [line({ itemId: 'si_seats' })], false],
    ['a proration within it', [line({ isProration: true, start: T0 + DAY })], false],
    ['no line', [], false],
    ['one line among others', [line({ itemId: 'si_seats' }), line()], true],
  ] as const)('is found by %s', (_, lines, expected) => {
    expect(bills(lines)).toBe(expected);
  });

  it('may bill a part of a period if it is the first one of the subscription', () => {
    expect(bills([line({ isProration: true })], 'subscription_create')).toBe(true);
  });
});

describe('A subscription is late', () => {
  const due = T0 + 30 * DAY;
  it.each([
    ['never without an open invoice', [], null],
    ['since the end of the paid time, if a renewal failed', [invoice()], T0],
    ['since the due date of an invoice that was sent', [invoice({ isSent: true, dueAt: due })], due],
    [
      'since the first attempt, if a change within the period failed',
      [invoice({ billingReason: 'subscription_update', finalizedAt: T0 + 9 * DAY })],
      T0 + 9 * DAY,
    ],
    [
      'since the invoice exists, if nothing else is known',
      [invoice({ billingReason: 'manual', finalizedAt: null, createdAt: T0 + DAY })],
      T0 + DAY,
    ],
    ['since a renewal was finalized, if it names no period', [invoice({ periodEnd: null })], T0 + 3_600],
    [
      'since the sent invoice was finalized, if it has no due date',
      [invoice({ isSent: true, billingReason: 'manual' })],
      T0 + 3_600,
    ],
    [
      'since the oldest of several',
      [invoice({ periodEnd: T0 + 60 * DAY }), invoice({ periodEnd: due })],
      due,
    ],
  ] as const)('%s', (_, open, expected) => {
    expect(lateSince(open.map((one) => ({ ...one, status: 'open' })))).toBe(expected);
  });

  it.each([
    ['since the renewal that failed, although one before a paid renewal is still open', {}, due],
    ['since the first, if only a change was paid since', { billingReason: 'subscription_update' }, T0],
    ['since the first, if the renewal since was free', { total: 0, amountPaid: 0 }, T0],
    ['since the first, if the renewal since was voided', { status: 'void' }, T0],
    ['since the first, if the renewal since is a draft', { status: 'draft' }, T0],
  ] as const)('%s', (_, between, expected) => {
    const failed = invoice({ status: 'open', periodEnd: due });
    const left = invoice({ status: 'open', periodEnd: T0 });
    expect(lateSince([failed, invoice(between), left])).toBe(expected);
  });

  it('since the invoice that is open, although a newer renewal is paid', () => {
    expect(lateSince([invoice(), invoice({ status: 'open' })])).toBe(T0);
  });
});
