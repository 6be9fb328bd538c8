/** The billing cycle anchor of a subscription: given as a time, or as a day of the month. */
import type { AnchorConfig, Subscription } from '../model/subscription.ts';
import type { Params } from '../protocol/params.ts';
import { invalidParameter, missingParameter } from '../protocol/stripe-error.ts';

const MAX_DAY = 31;
const FIRST_YEAR = 1970;

/** Reads `billing_cycle_anchor_config`. */
export function anchorConfigOf(params: Params): AnchorConfig | null {
  const config = params.object('billing_cycle_anchor_config');
  if (config === undefined) return null;
  const day = within(config, 'day_of_month', { least: 1, most: MAX_DAY });
  if (day === null) throw missingParameter(config.nameOf('day_of_month'));
  return {
    day_of_month: day,
    hour: within(config, 'hour', { least: 0, most: 23 }),
    minute: within(config, 'minute', { least: 0, most: 59 }),
    month: within(config, 'month', { least: 1, most: 12 }),
    second: within(config, 'second', { least: 0, most: 59 }),
  };
}

function within(params: Params, name: string, range: { least: number; most: number }): number | null {
  const value = params.integer(name);
  if (value === undefined) return null;
  if (value >= range.least && value <= range.most) return value;
  throw invalidParameter({
    message: `This value must be between ${range.least} and ${range.most} (inclusive).`,
    code: 'parameter_invalid_integer',
    param: params.nameOf(name),
  });
}

/** Returns the first time after `now` that the configuration describes. A missing time of day is that of `now`. */
export function nextAnchor(config: AnchorConfig, now: number): number {
  const from = new Date(now * 1000);
  const year = from.getUTCFullYear();
  const months = config.month === null ? 1 : 12;
  let month = config.month === null ? from.getUTCMonth() : config.month - 1;
  let anchor = anchorIn(config, { year, month, from });
  if (anchor <= now) {
    month += months;
    anchor = anchorIn(config, { year, month, from });
  }
  return anchor;
}

function anchorIn(
  config: AnchorConfig,
  { year, month, from }: { year: number; month: number; from: Date },
): number {
  const lastDay = new Date(Date.UTC(year, month + 1, 0)).getUTCDate();
  const hour = config.hour ?? from.getUTCHours();
  const minute = config.minute ?? from.getUTCMinutes();
  const second = config.second ?? from.getUTCSeconds();
  return Date.UTC(year, month, Math.min(config.day_of_month, lastDay), hour, minute, second) / 1000;
}

/**
 * Returns the anchor that periods are counted from. After a February, the 31st returns only if it is counted from a
 * month that has it.
 */
export function countingAnchor(
  subscription: Pick<Subscription, 'billing_cycle_anchor' | 'billing_cycle_anchor_config'>,
): number {
  const { billing_cycle_anchor: anchor, billing_cycle_anchor_config: config } = subscription;
  if (config === null) return anchor;
  const from = new Date(anchor * 1000);
  // January has 31 days. A year later than 1970 keeps the search for the next period short.
  const year = Math.max(FIRST_YEAR, from.getUTCFullYear() - 1);
  const month = config.month === null ? 0 : config.month - 1;
  return anchorIn(config, { year, month, from });
}
