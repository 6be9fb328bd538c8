/** Decides what the invoices of a subscription say about its current period: whether it is paid, and since when not. Pure. */
import { noPlanOrder, type PlanOrder } from '../entitlement/plan-order.ts';
import type { Reversal } from '../entitlement/row.ts';
import { selectTimedItem } from './select.ts';
import { meaningOf } from './status.ts';
import type { Subscription } from './subscription.ts';

export interface Invoice {
  readonly id: string;
  readonly status: string | null;
  readonly billingReason: string | null;
  /** What is asked for by email, and due at a date, instead of being charged. */
  readonly isSent: boolean;
  readonly createdAt: number;
  /** When it was first to be paid. Later attempts do not change it. */
  readonly finalizedAt: number | null;
  readonly dueAt: number | null;
  /** For a renewal: the end of the period before, in which the next one begins. */
  readonly periodEnd: number | null;
  readonly total: number;
  readonly amountPaid: number;
  /** By credit notes that reduced the amount before it was paid. */
  readonly creditedBefore: number;
  /** By credit notes that returned what was paid. */
  readonly creditedAfter: number;
  /** Why it is uncollectible. Null: it is not, or Stripe does not say. */
  readonly uncollectibleReason: string | null;
}

/** A line that bills an item of a subscription. */
export interface InvoiceLine {
  readonly itemId: string;
  /** It bills a change within a period. */
  readonly isProration: boolean;
  readonly start: number;
  readonly end: number;
}

/** The period for which the base plan must be paid. */
export interface BilledPeriod {
  /** The items other than the plan, which may have periods of their own. */
  readonly otherItemIds: ReadonlySet<string>;
  readonly start: number;
  readonly end: number;
}

/** Returns the current period of the plan. Undefined: nothing is paid for it, because it is a trial or has ended. */
export function billedPeriodOf(
  subscription: Subscription,
  order: PlanOrder = noPlanOrder,
): BilledPeriod | undefined {
  const { status, items } = subscription;
  const item = selectTimedItem(items, order);
  const start = item?.periodStart ?? subscription.periodStart;
  const end = item?.periodEnd ?? subscription.periodEnd;
  if (!meaningOf(status).alive || status === 'trialing') return undefined;
  if (item === undefined || start === null || end === null) return undefined;
  const otherItemIds = new Set(items.filter((one) => one !== item).map(({ id }) => id));
  return { otherItemIds, start, end };
}

/**
 * Returns whether one of the lines bills the period: from its start, to its end, or beyond both where several periods are billed
 * at once. The lines of changes within the period do not count, except on the first invoice, whose period may be a part of one.
 * The item of a line may have been replaced since. The line of another item bills a period of its own.
 */
export function billsPeriod(
  { billingReason }: Pick<Invoice, 'billingReason'>,
  lines: readonly InvoiceLine[],
  { otherItemIds, start, end }: BilledPeriod,
): boolean {
  return lines.some((line) => {
    if (line.isProration && billingReason !== 'subscription_create') return false;
    if (otherItemIds.has(line.itemId)) return false;
    return line.start === start || line.end === end || (line.start < start && line.end > end);
  });
}

/** What is known of the payments of an invoice. Amounts are in the currency's smallest unit. */
export interface Returned {
  /** What was refunded, in Stripe or outside of it. */
  readonly refunded: number;
  /** What credit notes returned in another way: to the customer's balance, or outside of Stripe. */
  readonly credited: number;
  /** The statuses of the disputes. */
  readonly disputes: readonly string[];
}

/**
 * Returns what became of the payment for the period. A dispute counts whatever its amount, because the customer's bank decided
 * against the payment. Refunds and credit notes count once they add up to all that was paid.
 */
export function reversalOf(invoice: Invoice, returned: Returned): Reversal | null {
  if (invoice.status === 'void') return 'voided';
  if (invoice.status === 'uncollectible') return writtenOff(invoice);
  if (invoice.status !== 'paid') return null;
  if (invoice.total > 0 && invoice.creditedBefore >= invoice.total) return 'voided';
  const refunded = returned.refunded + returned.credited;
  return reversalOfPayment(paidFor(invoice), { refunded, disputes: returned.disputes });
}

/** The same for a single payment. */
export function reversalOfPayment(
  paid: number,
  { refunded, disputes: statuses }: Pick<Returned, 'refunded' | 'disputes'>,
): Reversal | null {
  const disputes = statuses.map(reversalOfDispute);
  if (disputes.includes('dispute_lost')) return 'dispute_lost';
  if (paid > 0 && refunded >= paid) return 'refunded';
  return disputes.includes('dispute_open') ? 'dispute_open' : null;
}

/** While collection is paused, Stripe gives the period away. */
function writtenOff({ uncollectibleReason }: Invoice): Reversal {
  return uncollectibleReason === 'subscription_paused' ? 'voided' : 'uncollectible';
}

/**
 * Returns what was paid, by whatever means: what was collected is less than the total if the customer's balance paid a part, and
 * more if it was in debt.
 */
function paidFor({ amountPaid, total, creditedBefore }: Invoice): number {
  return Math.max(amountPaid, total - creditedBefore);
}

/**
 * Returns the reversal of a dispute. A status `warning_…` is an inquiry, in which no money has moved. One that is appealed was
 * lost before.
 */
export function reversalOfDispute(status: string): Reversal | null {
  if (status === 'lost' || status.startsWith('appeal_')) return 'dispute_lost';
  const resolved = status === 'won' || status === 'prevented' || status.startsWith('warning_');
  return resolved ? null : 'dispute_open';
}

/**
 * Returns since when the oldest of the open invoices is late, without those that are older than a renewal that was paid: Stripe
 * left them behind. Retries do not move that time: it is the due date of an invoice that was sent, the end of the paid time
 * for a renewal, and otherwise the first attempt. Null: there is none.
 */
export function lateSince(newestFirst: readonly Invoice[]): number | null {
  const times: number[] = [];
  for (const invoice of newestFirst) {
    if (invoice.status === 'open') times.push(lateFrom(invoice));
    if (times.length > 0 && isPaidRenewal(invoice)) break;
  }
  return times.length === 0 ? null : Math.min(...times);
}

/** What was paid for a change within the period says nothing about the period. */
export function isPaidRenewal(invoice: Invoice): boolean {
  return invoice.status === 'paid' && invoice.billingReason === 'subscription_cycle' && paidFor(invoice) > 0;
}

function lateFrom(invoice: Invoice): number {
  const { isSent, dueAt, finalizedAt, periodEnd, billingReason, createdAt } = invoice;
  if (isSent && dueAt !== null) return dueAt;
  if (billingReason === 'subscription_cycle' && periodEnd !== null) return periodEnd;
  return finalizedAt ?? createdAt;
}
