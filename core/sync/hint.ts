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
}

/** What an event calls for. */
export type EventReading =
  | { readonly kind: 'hint'; readonly hint: Hint }
  /** Needs nothing of us: another type, another mode, another account, or nobody's. */
  | {
      readonly kind: 'ignored';
      readonly why: IgnoredBecause;
      readonly eventId: string;
      readonly eventType: string;
    }
  | { readonly kind: 'malformed' };

export type IgnoredBecause = 'unhandled_type' | 'other_mode' | 'connected_account' | 'no_customer';
