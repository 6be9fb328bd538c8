/** A verified Stripe event, reduced to ids and a time. No state is ever read from an event's payload. */
import type { SyncRequest } from './sync-request.ts';

interface EventIdentity {
  readonly id: string;
  readonly type: string;
}

/** An event that names the customer it is about. */
export interface CustomerEvent extends EventIdentity {
  readonly request: SyncRequest;
  /** Set if the event reports that one of our own Checkout sessions was completed. */
  readonly checkout: CompletedCheckout | null;
  /** Set if the event reports a completed checkout that this service did not open, and that names a user nowhere else. */
  readonly claimed?: ClaimedCheckout;
}

/**
 * A checkout that only its `client_reference_id` could connect with a user, as those of pricing tables and payment links. Any
 * buyer can put another user's id into such a link, so it proves nothing.
 */
export interface ClaimedCheckout {
  readonly sessionId: string;
  readonly subscriptionId: string;
  /** Null if it is not in the form of a user's id, and may be anything. */
  readonly reference: string | null;
}

/** A refund or a dispute, which names a charge and no customer. */
export interface ChargeEvent extends EventIdentity {
  readonly chargeId: string;
  /** Set if the event reports that a refund failed which the deletion of an account had made. */
  readonly failedRefundId?: string;
  readonly request: Omit<SyncRequest, 'customerId'>;
}

export interface CompletedCheckout {
  readonly sessionId: string;
  /** Null: it sold something once. */
  readonly subscriptionId: string | null;
  /** When a delayed payment succeeded, in Unix seconds, if the event reports that of something sold once: nothing else says when. */
  readonly paidAt?: number;
}

/** What an event requires. */
export type EventReading =
  | { readonly kind: 'sync'; readonly event: CustomerEvent }
  | { readonly kind: 'charge_event'; readonly event: ChargeEvent }
  | {
      readonly kind: 'ignored';
      readonly reason: IgnoredReason;
      readonly eventId: string;
      readonly eventType: string;
    }
  | { readonly kind: 'malformed' };

export type IgnoredReason =
  | 'unhandled_type'
  | 'other_mode'
  | 'connected_account'
  /** A person tests an event destination. */
  | 'ping'
  | 'no_customer'
  /** A customer changed, and its metadata name the same user as before. */
  | 'owner_unchanged';
