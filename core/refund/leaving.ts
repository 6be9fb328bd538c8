/** What the end of a subscription by a deletion needs of Stripe, and what became of its refund. */
import type { CustomerStamp } from '../account/ownership.ts';
import type { PaidSubscription, RefundSource, RefundState } from './paid.ts';
import type { RefundTerms } from './policy.ts';

export interface LeavingSubscription {
  readonly id: string;
  /** False: an earlier attempt of this deletion has ended it. */
  readonly isLive: boolean;
  readonly currency: string;
  /** What its own metadata say. */
  readonly stamp: CustomerStamp;
}

export interface LeavingSubscriptions {
  readonly subscriptions: readonly LeavingSubscription[];
  /** What the customer's credit balance holds. */
  readonly credit: { readonly amount: number; readonly currency: string } | null;
}

export interface RefundOrder {
  readonly subscriptionId: string;
  readonly invoiceId: string;
  readonly source: RefundSource;
  readonly amount: number;
  readonly requestedAt: number;
  /** Counts the attempts whose idempotency key can return nothing else any more. */
  readonly generation: number;
}

export type RefundAnswer =
  | { readonly kind: 'answered'; readonly state: RefundState }
  | { readonly kind: 'refused'; readonly reason: 'disputed' | 'returned' }
  /** What was read has changed, or the idempotency key is used up: what was paid must be read again. */
  | { readonly kind: 'outdated' };

/** The time of the request identifies the deletion, so that each attempt recognizes what an earlier one has done. */
export interface LeavingBilling {
  /** Returns the subscriptions that have not ended, and those that this deletion has ended. None of a deleted customer. */
  listLeaving(customerId: string, requestedAt: number): Promise<LeavingSubscriptions>;
  /** Cancels immediately, and says so in the subscription. `had_ended`: something else has ended it. */
  cancelLeaving(subscriptionId: string, requestedAt: number): Promise<'canceled' | 'had_ended'>;
  /** `unclear`: there are more invoices than are read. */
  readPaid(
    subscription: Pick<LeavingSubscription, 'id' | 'currency'>,
    requestedAt: number,
  ): Promise<Omit<PaidSubscription, 'credit'> | 'unclear'>;
  /** Refunds a part of a payment. A repetition of the same order returns the same refund. */
  refundPart(order: RefundOrder): Promise<RefundAnswer>;
}

/** Why a subscription that a deletion has ended is not refunded, or not in full. */
export type NoRefundReason =
  /** Nothing was paid in Stripe for the time after the request: a trial, an open invoice, a balance. */
  | 'nothing_paid'
  /** The policy grants nothing for a payment that old. */
  | 'not_granted'
  /** It was paid outside of Stripe. A person returns it there. */
  | 'paid_outside'
  /** Someone else has refunded it since. */
  | 'returned'
  /** The customer's bank has reversed the payment, or may. */
  | 'disputed'
  /** Stripe refuses the refund, or it failed. A person returns the money in another way. */
  | 'refused'
  /** The subscription names another user. */
  | 'owner_contradiction'
  /** It has more invoices than are read. A person decides. */
  | 'unclear';

export interface RefundOutcome {
  readonly subscriptionId: string;
  readonly currency: string;
  /** What was refunded, or is on its way. */
  readonly amount: number;
  /** Whether Stripe has not confirmed all of it yet. */
  readonly pending: boolean;
  /** What the policy grants and could not be refunded. */
  readonly unrefunded: number;
  /** Null if all that the policy grants is refunded. */
  readonly reason: NoRefundReason | null;
}

/** Collects the refunds of one deletion. */
export interface RefundRecord {
  readonly terms: RefundTerms;
  readonly outcomes: RefundOutcome[];
  /** The customers that were deleted before this attempt, whose refunds it does not know. */
  readonly endedBefore: Set<string>;
}
