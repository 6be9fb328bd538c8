/** Decides whether the user must do something about an open invoice. Pure. */
import type { DuePayment, DueReason } from '../../contract/billing.ts';
import type { OpenInvoice } from './ports.ts';

export interface OpenPayment {
  readonly invoice: OpenInvoice;
  /** Stripe's status of its payment. Null: it has none, or it is not known. */
  readonly paymentStatus: string | null;
  /** Whether it is the first invoice of a subscription that waits for it. */
  readonly isFirst: boolean;
}

/** Returns null if Stripe is about to charge it, or has just done so. */
export function duePayment(open: OpenPayment): DuePayment | null {
  const { invoice } = open;
  const reason = invoice.amountRemaining > 0 ? reasonOf(open) : null;
  if (reason === null) return null;
  return {
    invoice: invoice.id,
    number: invoice.number,
    subscription: invoice.subscriptionId,
    reason,
    amount: invoice.amountRemaining,
    currency: invoice.currency,
    since: invoice.finalizedAt ?? invoice.createdAt,
    due_at: invoice.isSent ? invoice.dueAt : null,
    next_attempt_at: invoice.nextAttemptAt,
    hosted_invoice_url: invoice.page,
  };
}

function reasonOf({ invoice, paymentStatus, isFirst }: OpenPayment): DueReason | null {
  switch (paymentStatus) {
    case 'processing':
      return 'processing';
    case 'requires_action':
      return 'confirmation_required';
    case 'succeeded':
      return null;
    default:
      if (invoice.attempts > 0) return 'payment_failed';
      return invoice.isSent || isFirst || !invoice.autoAdvance ? 'payment_required' : null;
  }
}

/** What the user waits for longest comes first. */
export function byAge(a: DuePayment, b: DuePayment): number {
  return (a.since ?? 0) - (b.since ?? 0) || (a.invoice < b.invoice ? -1 : 1);
}
