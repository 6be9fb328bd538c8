/** Billing periods: whole intervals counted from an anchor, so that the 31st comes back after February. */
import type { Interval, Recurring } from '../model/catalog.ts';

const DAY_SECONDS = 24 * 3600;
const approximateDays: Readonly<Record<Interval, number>> = { day: 1, week: 7, month: 30, year: 365 };

export function addIntervals(anchor: number, recurring: Recurring, count: number): number {
  const { interval, interval_count: step } = recurring;
  if (interval === 'month') return addMonths(anchor, step * count);
  if (interval === 'year') return addMonths(anchor, step * count * 12);
  return anchor + step * count * approximateDays[interval] * DAY_SECONDS;
}

/** The first end of a period that lies after the given second. */
export function nextBoundary(anchor: number, recurring: Recurring, after: number): number {
  const rough = approximateDays[recurring.interval] * recurring.interval_count * DAY_SECONDS;
  // Months are up to 3 % longer than the rough ones, so start low and walk up.
  let count = Math.max(0, Math.floor(((after - anchor) / rough) * 0.95) - 1);
  let boundary = addIntervals(anchor, recurring, count);
  while (boundary <= after) {
    count += 1;
    boundary = addIntervals(anchor, recurring, count);
  }
  return boundary;
}

function addMonths(seconds: number, months: number): number {
  const from = new Date(seconds * 1000);
  const first = new Date(from);
  first.setUTCDate(1);
  first.setUTCMonth(first.getUTCMonth() + months);
  const lastDay = new Date(Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + 1, 0)).getUTCDate();
  first.setUTCDate(Math.min(from.getUTCDate(), lastDay));
  return Math.floor(first.getTime() / 1000);
}
