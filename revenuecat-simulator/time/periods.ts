/** Billing periods in Unix milliseconds, counted from an anchor. */
import type { Duration } from '../model/values.ts';

export const DAY_MS = 24 * 3600 * 1000;

const monthsOf: Readonly<Record<Exclude<Duration, 'P1W'>, number>> = {
  P1M: 1,
  P2M: 2,
  P3M: 3,
  P6M: 6,
  P1Y: 12,
};

/** Returns the millisecond `count` periods after the anchor. */
export function addPeriods(anchor: number, duration: Duration, count: number): number {
  return duration === 'P1W' ? anchor + count * 7 * DAY_MS : addMonths(anchor, monthsOf[duration] * count);
}

function addMonths(ms: number, months: number): number {
  const from = new Date(ms);
  const first = new Date(from);
  first.setUTCDate(1);
  first.setUTCMonth(first.getUTCMonth() + months);
  const lastDay = new Date(Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + 1, 0)).getUTCDate();
  first.setUTCDate(Math.min(from.getUTCDate(), lastDay));
  return first.getTime();
}
