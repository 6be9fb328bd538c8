/** All that a webhook event is taken for: word that something about a customer changed. */

export interface Hint {
  readonly eventId: string;
  readonly eventType: string;
  readonly customerId: string;
  /** Unix seconds by Stripe's clock; null if the event did not say. */
  readonly changedAt: number | null;
  /** Whom the event's own metadata names. */
  readonly sub: string | null;
  /** The event says that the customer itself is gone. */
  readonly customerDeleted: boolean;
  /** The event tells of money that went back, or of a dispute about it. */
  readonly reversal: boolean;
  /** The event tells that one of our own Checkout sessions was completed. */
  readonly checkout: CompletedCheckout | null;
}

export interface CompletedCheckout {
  readonly sessionId: string;
  readonly subscriptionId: string;
}

/** A hint that names no customer but a charge of one. */
export type ChargeHint = Omit<Hint, 'customerId'> & { readonly chargeId: string };

/** What an event calls for. */
export type EventReading =
  | { readonly kind: 'hint'; readonly hint: Hint }
  | { readonly kind: 'charge_hint'; readonly hint: ChargeHint }
  /** Needs nothing of us: another type, another mode, another account, or nobody's. */
  | {
      readonly kind: 'ignored';
      readonly why: IgnoredBecause;
      readonly eventId: string;
      readonly eventType: string;
    }
  | { readonly kind: 'malformed' };

export type IgnoredBecause = 'unhandled_type' | 'other_mode' | 'connected_account' | 'no_customer';
