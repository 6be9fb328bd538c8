import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { BillingInterval } from '../../contract/prices.ts';
import { entryOf } from '../../tests/support/offered-prices.ts';
import type { CatalogueEntry } from '../catalogue/entry.ts';
import { dueNext, dueToday, endOfPeriod } from './due.ts';

const monthly: BillingInterval = { interval: 'month', interval_count: 1 };
const entry = (fields: Partial<CatalogueEntry> = {}) => entryOf('price_1', { currency: 'eur', ...fields });
const item = (quantity: number | null, fields: Partial<CatalogueEntry> = {}) => ({
  entry: entry(fields),
  quantity,
});
const seconds = (iso: string) => Date.parse(iso) / 1000;
const amounts = { total: 1_178, currency: 'eur', tax: 188 };

describe('What is due today', () => {
  it('is what Stripe says, with its tax', () => {
    expect(dueToday({ amounts, trialDays: null })).toEqual({ amount: 1_178, currency: 'eur', tax: 188 });
  });

  it('says that the tax is not known yet', () => {
    expect(dueToday({ amounts: { ...amounts, tax: null }, trialDays: null })).toMatchObject({ tax: null });
  });

  it('is nothing during a trial, whatever Stripe counts', () => {
    const session = { amounts: { ...amounts, tax: null }, trialDays: 7 };
    expect(dueToday(session)).toEqual({ amount: 0, currency: 'eur', tax: 0 });
  });

  it('is not known if Stripe does not say', () => {
    expect(dueToday({ amounts: null, trialDays: null })).toBeNull();
  });
});

describe('What is due next', () => {
  const now = seconds('2026-01-31T10:00:00Z');
  const order = { plan: item(2), addOns: [item(3, { unitAmount: '0.5' })] };

  it('is the prices of all items, one period later', () => {
    expect(dueNext(order, { amounts, trialDays: null }, now)).toEqual({
      amount: 1_982,
      currency: 'eur',
      at: seconds('2026-02-28T10:00:00Z'),
      interval: monthly,
    });
  });

  it('comes with the end of the trial', () => {
    expect(dueNext(order, { amounts: null, trialDays: 7 }, now)).toMatchObject({ at: now + 7 * 86_400 });
  });

  it('has no amount where it depends on the quantity or on usage', () => {
    for (const addOn of [item(1, { unitAmount: null }), item(null, { metered: true })]) {
      const mixed = { ...order, addOns: [addOn] };
      expect(dueNext(mixed, { amounts, trialDays: null }, now)).toMatchObject({ amount: null });
    }
  });

  it('is nothing for what is charged once', () => {
    const once = { plan: item(1, { recurring: null }), addOns: [] };
    expect(dueNext(once, { amounts, trialDays: null }, now)).toBeNull();
  });
});

describe('The end of a period', () => {
  it.each<readonly [BillingInterval, string, string]>([
    [{ interval: 'day', interval_count: 3 }, '2026-02-27T23:59:59Z', '2026-03-02T23:59:59Z'],
    [{ interval: 'week', interval_count: 2 }, '2026-12-25T00:00:00Z', '2027-01-08T00:00:00Z'],
    [{ interval: 'month', interval_count: 3 }, '2026-11-30T12:00:00Z', '2027-02-28T12:00:00Z'],
    [{ interval: 'year', interval_count: 1 }, '2028-02-29T12:00:00Z', '2029-02-28T12:00:00Z'],
    [{ interval: 'year', interval_count: 4 }, '2096-02-29T12:00:00Z', '2100-02-28T12:00:00Z'],
  ])('%j after %s is %s', (interval, start, end) => {
    expect(endOfPeriod(seconds(start), interval)).toBe(seconds(end));
  });

  it('keeps the day and the time wherever the month has that day', () => {
    const moments = fc.integer({ min: 0, max: seconds('2199-12-31T00:00:00Z') });
    fc.assert(
      fc.property(moments, fc.integer({ min: 1, max: 36 }), (start, count) => {
        const from = new Date(start * 1000);
        const end = new Date(endOfPeriod(start, { interval: 'month', interval_count: count }) * 1000);
        const months = (date: Date) => date.getUTCFullYear() * 12 + date.getUTCMonth();
        expect(months(end) - months(from)).toBe(count);
        const lastDay = new Date(Date.UTC(end.getUTCFullYear(), end.getUTCMonth() + 1, 0)).getUTCDate();
        expect(end.getUTCDate()).toBe(Math.min(from.getUTCDate(), lastDay));
        expect(end.toISOString().slice(10)).toBe(from.toISOString().slice(10));
      }),
      { numRuns: 100 },
    );
  });
});
