/** What a checkout costs now and next, from what Stripe says about the session and from the prices. Pure. */
import type { DueNext, DueToday } from '../../contract/checkout.ts';
import type { BillingInterval } from '../../contract/prices.ts';
import type { OrderedItem, ResolvedOrder } from '../catalogue/order.ts';
import type { CheckoutSession } from './sessions.ts';

type Priced = Pick<CheckoutSession, 'amounts' | 'trialDays'>;

const DAY_SECONDS = 86_400;

export function dueToday({ amounts, trialDays }: Priced): DueToday | null {
  if (amounts === null) return null;
  const { total, currency, tax } = amounts;
  // Nothing is billed during the trial, so no tax is missing either.
  return trialDays === null ? { amount: total, currency, tax } : { amount: 0, currency, tax: 0 };
}

/** Returns null for what is charged once. */
export function dueNext(
  { plan, addOns }: ResolvedOrder,
  { trialDays }: Priced,
  nowSeconds: number,
): DueNext | null {
  const { recurring: interval, currency } = plan.entry;
  if (interval === null) return null;
  const at = trialDays === null ? endOfPeriod(nowSeconds, interval) : nowSeconds + trialDays * DAY_SECONDS;
  return { amount: sumOf([plan, ...addOns]), currency, at, interval };
}

/** Returns null if any of the amounts is not that of a price times its quantity. */
function sumOf(items: readonly OrderedItem[]): number | null {
  const amounts = items.map(({ entry, quantity }) =>
    entry.unitAmount === null || quantity === null ? Number.NaN : Number(entry.unitAmount) * quantity,
  );
  // Stripe rounds the amount of each item.
  const sum = amounts.reduce((total, amount) => total + Math.round(amount), 0);
  return Number.isNaN(sum) ? null : sum;
}

/** Stripe keeps the day of the month, or takes the last one of a shorter month. */
export function endOfPeriod(
  startSeconds: number,
  { interval, interval_count: count }: BillingInterval,
): number {
  if (interval === 'day' || interval === 'week') {
    return startSeconds + count * (interval === 'day' ? 1 : 7) * DAY_SECONDS;
  }
  const months = count * (interval === 'month' ? 1 : 12);
  return addMonths(startSeconds, months);
}

function addMonths(startSeconds: number, months: number): number {
  const { year, month, day } = dateOf(Math.floor(startSeconds / DAY_SECONDS));
  const index = year * 12 + (month - 1) + months;
  const first = { year: Math.floor(index / 12), month: (index % 12) + 1, day: 1 };
  const next = { year: Math.floor((index + 1) / 12), month: ((index + 1) % 12) + 1, day: 1 };
  const lastDay = daysOf(next) - daysOf(first);
  return daysOf({ ...first, day: Math.min(day, lastDay) }) * DAY_SECONDS + (startSeconds % DAY_SECONDS);
}

interface CalendarDate {
  readonly year: number;
  /** From 1. */
  readonly month: number;
  readonly day: number;
}

/** The calendar repeats every 400 years. Years are counted from March here, so that a leap day is the last day of its year. */
const DAYS_PER_ERA = 146_097;
const DAYS_BEFORE_1970 = 719_468;

/** Returns the days since 1970. */
function daysOf({ year, month, day }: CalendarDate): number {
  const fromMarch = month > 2 ? year : year - 1;
  const era = Math.floor(fromMarch / 400);
  const ofEra = fromMarch - era * 400;
  const ofYear = Math.floor((153 * ((month + 9) % 12) + 2) / 5) + day - 1;
  const dayOfEra = ofEra * 365 + Math.floor(ofEra / 4) - Math.floor(ofEra / 100) + ofYear;
  return era * DAYS_PER_ERA + dayOfEra - DAYS_BEFORE_1970;
}

function dateOf(days: number): CalendarDate {
  const era = Math.floor((days + DAYS_BEFORE_1970) / DAYS_PER_ERA);
  const dayOfEra = days + DAYS_BEFORE_1970 - era * DAYS_PER_ERA;
  const leaps =
    Math.floor(dayOfEra / 1_460) - Math.floor(dayOfEra / 36_524) + Math.floor(dayOfEra / (DAYS_PER_ERA - 1));
  const ofEra = Math.floor((dayOfEra - leaps) / 365);
  const ofYear = dayOfEra - (365 * ofEra + Math.floor(ofEra / 4) - Math.floor(ofEra / 100));
  const fromMarch = Math.floor((5 * ofYear + 2) / 153);
  const month = fromMarch < 10 ? fromMarch + 3 : fromMarch - 9;
  const day = ofYear - Math.floor((153 * fromMarch + 2) / 5) + 1;
  return { year: era * 400 + ofEra + (month <= 2 ? 1 : 0), month, day };
}
