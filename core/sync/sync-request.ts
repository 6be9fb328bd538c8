/** A request to sync one customer's user, and the cause of it. */

export interface SyncRequest {
  readonly customerId: string;
  /** The user that the cause itself names, such as the metadata in an event. Null if it names none. */
  readonly sub: string | null;
  /** True if the cause reports that the customer's metadata name another user than before. */
  readonly reassigned: boolean;
  /** The user that they named before. Null if they named none, or if the customer was not re-assigned. */
  readonly formerSub: string | null;
  /** Unix seconds by Stripe's clock. Null: unknown, so no earlier sync counts as recent enough. */
  readonly changedAt: number | null;
  readonly cause: SyncCause;
  /** True if the cause reports that the customer itself was deleted. */
  readonly customerDeleted: boolean;
  /** True if the cause is a refund or a dispute, so the sync must also read the reversal. */
  readonly includesReversal: boolean;
  /** True if the cause is a change of the customer's features, so the sync must read them whatever the subscriptions are. */
  readonly includesFeatures: boolean;
  /**
   * What the sync reads in addition, for what the row shows of payments: whether the `card` expires before the next charge,
   * whether the `payment` waits for the user, or again what is `known`. Absent: nothing of it.
   */
  readonly notices?: 'card' | 'payment' | 'known';
  /** Set if the cause is about something that is bought once, so the sync must also read that. */
  readonly includesPurchases?: true;
  /** Set if reconcile applies the event, one by one, long after it was sent: it waits for no other sync. */
  readonly foundByReconcile?: true;
}

/** The payment of a re-assigned customer may have been reversed while it was another user's. */
export function concernsReversal({
  includesReversal,
  reassigned,
}: Pick<SyncRequest, 'includesReversal' | 'reassigned'>): boolean {
  return includesReversal || reassigned;
}

export type SyncCause =
  | { readonly kind: 'stripe_event'; readonly id: string }
  /** The user requested it through the API. */
  | { readonly kind: 'user'; readonly requestId: string | null }
  /** RevenueCat reported a change. */
  | { readonly kind: 'store_event'; readonly id: string }
  /** A person gave or revoked a grant. */
  | { readonly kind: 'grant'; readonly by: string; readonly reason: string; readonly revokes: boolean }
  | { readonly kind: 'reconcile' };

/** Returns the name under which the row's history records the cause. */
export function causeLabel(cause: SyncCause): string {
  switch (cause.kind) {
    case 'stripe_event':
    case 'store_event':
      return cause.id;
    case 'user':
      return `request ${cause.requestId ?? 'unknown'}`;
    case 'grant':
      return inOneLine(`${cause.revokes ? 'grant revoked' : 'grant'} by ${cause.by}: ${cause.reason}`);
    default:
      return 'reconcile';
  }
}

/** Every request of the user reads the history, so a label that a person writes is short. */
const LONGEST_LABEL = 200;

function inOneLine(text: string): string {
  const line = text.replaceAll(/[\s\p{C}]+/gu, ' ').trim();
  // A character of two code units is not cut in half.
  return line.length <= LONGEST_LABEL
    ? line
    : `${line.slice(0, LONGEST_LABEL - 1).replace(/[\uD800-\uDBFF]$/, '')}…`;
}

/** Returns the event's id for log fields, or `undefined` if no event caused the request. */
export function eventIdOf(cause: SyncCause): string | undefined {
  return cause.kind === 'stripe_event' ? cause.id : undefined;
}
