/** What Stripe holds of the subscriptions that deletions have ended, and of the refunds of them. */

/** One payment of the period in which the deletion was requested. */
export interface EndedPayment {
  readonly amount: number;
  readonly start: number;
  readonly end: number;
  readonly paidAt: number;
  /** Returned before the end: by a person, or by the customer's bank. */
  readonly returned: boolean;
}

export interface EndedByDeletion {
  readonly requestedAt: number;
  readonly customerId: string;
  /** The user whose customer it was then, and the one that the subscription itself named. */
  readonly ownerSub: string | null;
  readonly namedSub: string | null;
  /** Null: nothing was paid for the period. */
  readonly payment: EndedPayment | null;
}

export interface MadeRefund {
  readonly subscriptionId: string;
  readonly requestedAt: number;
  readonly amount: number;
  readonly atMs: number;
}

export interface LeavingWorld {
  /** By subscription. */
  readonly ended: Map<string, EndedByDeletion>;
  readonly refunds: MadeRefund[];
  /** The refunds by idempotency key, which lives a day. */
  readonly keys: Map<string, { readonly amount: number; readonly untilMs: number }>;
}
