/**
 * Billing periods. They are counted from an anchor, so that a period that starts on the 31st returns to the 31st after
 * February.
 */
import type { Interval, Recurring } from '../model/catalog.ts';

/** How often is billed. */
export type Cycle = Pick<Recurring, 'interval' | 'interval_count'>;

const DAY_SECONDS = 24 * 3600;
const approximateDays: Readonly<Record<Interval, number>> = { day: 1, week: 7, month: 30, year: 365 };

/** Returns the Unix second `count` intervals after the anchor. */
export function addIntervals(anchor: number, recurring: Cycle, count: number): number {
  const { interval, interval_count: step } = recurring;
  if (interval === 'month') return addMonths(anchor, step * count);
  if (interval === 'year') return addMonths(anchor, step * count * 12);
  return anchor + step * count * approximateDays[interval] * DAY_SECONDS;
}

/** Returns the first period boundary after the given Unix second. */
export function nextBoundary(anchor: number, recurring: Cycle, after: number): number {
  const approximateSeconds = approximateDays[recurring.interval] * recurring.interval_count * DAY_SECONDS;
  // Real months are up to 3 % longer than the approximation, so the search starts low and moves up.
  let count = Math.max(0, Math.floor(((after - anchor) / approximateSeconds) * 0.95) - 1);
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
