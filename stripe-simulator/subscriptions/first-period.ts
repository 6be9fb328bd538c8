/** The first period of a subscription: what it covers, and how much of it is billed. */
import type { BilledItem } from '../invoices/invoice-lines.ts';
import { isMetered } from '../invoices/invoice-lines.ts';
import type { Price, Recurring } from '../model/catalog.ts';
import type { Subscription, SubscriptionItem } from '../model/subscription.ts';
import { invalidRequest } from '../protocol/stripe-error.ts';
import { addIntervals, nextBoundary } from '../time/billing-periods.ts';

export interface StartTerms {
  readonly now: number;
  /** When the subscription begins: now, or a time in the past. */
  readonly start: number;
  /** The requested anchor, or null if it is the beginning or the end of the trial. */
  readonly anchor: number | null;
  readonly trialEnd: number | null;
}

export interface Period {
  readonly start: number;
  readonly end: number;
}

/** Returns the anchor of a new subscription. */
export function firstAnchor({ now, anchor, trialEnd }: StartTerms): number {
  return anchor ?? trialEnd ?? now;
}

/** Returns the first period of an item. It ends at the trial end, at the anchor or after one interval. */
export function firstPeriod(terms: StartTerms, recurring: Recurring): Period {
  const { now, start, trialEnd } = terms;
  if (trialEnd !== null) return { start: now, end: trialEnd };
  const anchor = firstAnchor(terms);
  if (anchor <= now) return { start: now, end: nextBoundary(anchor, recurring, now) };
  return { start, end: nextBoundary(anchor, recurring, now) };
}

/** Refuses an anchor in the past, and one after the first full period. */
export function checkAnchor(terms: StartTerms, prices: readonly Price[]): void {
  const { anchor, now, trialEnd } = terms;
  if (anchor === null) return;
  const param = 'billing_cycle_anchor';
  if (anchor < now) {
    throw invalidRequest({ message: 'The billing cycle anchor must not be in the past.', param });
  }
  for (const price of prices) {
    if (price.recurring === null) continue;
    const latest = addIntervals(trialEnd ?? now, price.recurring, 1);
    if (anchor <= latest) continue;
    throw invalidRequest({
      message: `billing_cycle_anchor cannot be later than next natural billing date (${latest}) for plan`,
      param,
    });
  }
}

/** Returns what the first invoice bills of an item: the time until the anchor, and what has passed since the start. */
export function firstBilling(
  terms: StartTerms,
  item: SubscriptionItem,
  options: { readonly prorates: boolean; readonly mode: Subscription['billing_mode']['type'] },
): BilledItem[] {
  const { recurring } = item.price;
  if (recurring === null || isMetered(item.price)) return [];
  if (terms.trialEnd !== null) return [{ item }];
  const anchor = firstAnchor(terms);
  const past = options.prorates ? pastBilling(terms, item, { ...options, recurring }) : [];
  return anchor <= terms.now ? [...past, { item }] : past;
}

function pastBilling(
  terms: StartTerms,
  item: SubscriptionItem,
  { mode, recurring }: { mode: Subscription['billing_mode']['type']; recurring: Recurring },
): BilledItem[] {
  const { now, start } = terms;
  const anchor = firstAnchor(terms);
  const end = anchor > now ? item.current_period_end : now;
  if (start >= end) return [];
  if (mode === 'classic') return [{ item, period: { start, end }, share: imagined(start, end, recurring) }];
  return naturalPeriods({ start, end, anchor, recurring }).map((period) => {
    const isWhole = period.start !== start || addIntervals(start, recurring, 1) === period.end;
    return isWhole
      ? { item, period }
      : { item, period, share: imagined(period.start, period.end, recurring) };
  });
}

/** The time is measured in intervals that are imagined from its start on, as Stripe does for backdated time. */
function imagined(start: number, end: number, recurring: Recurring): { part: number; whole: number } {
  let count = 0;
  while (addIntervals(start, recurring, count + 1) <= end) count += 1;
  const from = addIntervals(start, recurring, count);
  const whole = addIntervals(start, recurring, count + 1) - from;
  return { part: count * whole + (end - from), whole };
}

/** Cuts a time at the boundaries that the anchor sets. */
function naturalPeriods(time: {
  start: number;
  end: number;
  anchor: number;
  recurring: Recurring;
}): Period[] {
  const { anchor, recurring, start } = time;
  const periods: Period[] = [];
  let end = time.end;
  for (let count = 1; end > start; count++) {
    const boundary = Math.max(start, addIntervals(anchor, recurring, -count));
    if (boundary < end) periods.unshift({ start: boundary, end });
    end = Math.min(end, boundary);
  }
  return periods;
}
