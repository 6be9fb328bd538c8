/** What was paid for a subscription, as the amount of a refund is decided from. Amounts are in the currency's smallest unit. */

/** A line of an invoice, or a pending one, that bills an item of the subscription for a time. */
export interface PaidLine {
  /** What it adds to the total: after discounts, with tax. Negative for what a change of the plan credited. */
  readonly amount: number;
  /** Unix seconds. */
  readonly start: number;
  readonly end: number;
}

/** A change of the plan that no invoice bills yet. */
export interface UnbilledLine extends PaidLine {
  /** Unix seconds. */
  readonly createdAt: number;
}

export interface PaidInvoice {
  readonly id: string;
  /** Unix seconds. */
  readonly paidAt: number;
  /** Negative if the invoice added to the customer's credit balance. */
  readonly total: number;
  /** What credit notes returned in another way than by refunds. */
  readonly credited: number;
  readonly lines: readonly PaidLine[];
  readonly payments: readonly PaidPayment[];
}

export interface PaidPayment {
  /** What Stripe refunds it by. Null for a payment outside of Stripe. */
  readonly source: RefundSource | null;
  readonly paid: number;
  /** What was returned of it, without the refund of this deletion. */
  readonly returned: number;
  /** Whether the customer's bank has reversed it, or may. Stripe does not refund it then. */
  readonly disputed: boolean;
  /** The refund that an earlier attempt of this deletion has made. */
  readonly ours: OwnRefund | null;
}

export type RefundSource =
  | { readonly kind: 'charge'; readonly id: string }
  | { readonly kind: 'payment_intent'; readonly id: string };

export interface OwnRefund {
  readonly amount: number;
  readonly state: RefundState;
}

/** `pending`: Stripe has accepted the refund, and it may still fail. */
export type RefundState = 'refunded' | 'pending' | 'failed';

export interface PaidSubscription {
  readonly currency: string;
  /** Those with a line that ends after the request. */
  readonly invoices: readonly PaidInvoice[];
  readonly unbilled: readonly UnbilledLine[];
  /** What the customer's credit balance still holds in this currency. */
  readonly credit: number;
}
