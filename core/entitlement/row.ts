/** The entitlement row as the domain knows it, and the store that keeps it. Times in unix seconds. */
import type { EntitlementStatus } from '../../contract/entitlements.ts';

/** What Stripe's subscriptions say. */
export interface SubscriptionState {
  readonly status: EntitlementStatus | 'trial_expired';
  readonly plan: string | null;
  readonly currentPeriodEnd: number | null;
  readonly trialExpiresAt: number | null;
  readonly cancelAtPeriodEnd: boolean | null;
  readonly cancelAt: number | null;
  /** When the time paid for ended, for a subscription that is past due. Fixed while it stays so: retries do not move it. */
  readonly pastDueSince: number | null;
  readonly subscriptionId: string | null;
  /** Stripe's own status, which says more than the five of the contract. */
  readonly stripeStatus: string | null;
  /** Stripe collects nothing for now (`pause_collection`), whatever the status. */
  readonly collectionPaused: boolean;
}

/** What became of the money paid for the present period. */
export const reversals = ['refunded', 'dispute_open', 'dispute_lost'] as const;
export type Reversal = (typeof reversals)[number];

/** What a sync decides. */
export interface EntitlementState extends SubscriptionState {
  readonly reversal: Reversal | null;
  /** Lookup keys of what the customer is entitled to by Stripe, in order. Null: never asked, or not to be had. */
  readonly features: readonly string[] | null;
}

/** What decides on access: all of it that may change. */
export type AccessState = Pick<
  EntitlementState,
  | 'plan'
  | 'currentPeriodEnd'
  | 'trialExpiresAt'
  | 'cancelAt'
  | 'pastDueSince'
  | 'subscriptionId'
  | 'stripeStatus'
  | 'collectionPaused'
  | 'reversal'
> & { readonly status: string };

export interface Change {
  /** Unix seconds by Stripe's clock, of the look at Stripe that found it; null if Stripe did not say. */
  readonly at: number | null;
  /** The event's id, or the name of the run. */
  readonly by: string;
  readonly before: { readonly status: string; readonly plan: string | null };
  readonly after: AccessState;
}

/** How the row stands to Stripe. */
export interface SyncState {
  /** By Stripe's clock: everything that Stripe did up to then is in the row. Null: never synced. */
  readonly syncedAt: number | null;
  /** Every Stripe customer seen for this user. */
  readonly customerIds: readonly string[];
  /** Made by a sync because sign-up had not; stands only if the profile still does. */
  readonly provisional: boolean;
  /** The last changes, oldest first. */
  readonly history: readonly Change[];
}

/** As read: rows may come from other writers, so the status is whatever they wrote. */
export interface EntitlementRow extends Omit<EntitlementState, 'status'>, SyncState {
  readonly sub: string;
  readonly status: string;
  /** ISO 8601, as written. */
  readonly updatedAt: string | null;
  readonly fence: Fence;
}

/** The row's version as it was read, opaque but to the store. */
export type Fence = { readonly version: unknown };

export interface EntitlementStore {
  /** Strongly consistent. */
  read(sub: string): Promise<EntitlementRow | undefined>;
  /** Answers the row as it was made. */
  createIfAbsent(sub: string, state: EntitlementState & SyncState): Promise<EntitlementRow | 'exists'>;
  /** Writes only if the row stands and its version is the one that was read. */
  replace(row: EntitlementRow, state: EntitlementState & SyncState): Promise<'written' | 'conflict'>;
  /** Removes only if the version is the one that was read; a row that is gone already is `removed`. */
  removeIfUnchanged(row: EntitlementRow): Promise<'removed' | 'conflict'>;
  /** Removes whatever stands there. */
  remove(sub: string): Promise<void>;
  /** Counts a wish of the user's own towards a limit, on the row that stands; `gone` where there is none. */
  countSyncRequest(sub: string, limit: RateLimit): Promise<'allowed' | 'limited' | 'missing'>;
}

/** A user who has never had anything. */
export const emptySubscriptionState: SubscriptionState = {
  status: 'none',
  plan: null,
  currentPeriodEnd: null,
  trialExpiresAt: null,
  cancelAtPeriodEnd: null,
  cancelAt: null,
  pastDueSince: null,
  subscriptionId: null,
  stripeStatus: null,
  collectionPaused: false,
};

export const emptyState: EntitlementState = { ...emptySubscriptionState, reversal: null, features: null };

export const neverSynced: SyncState = { syncedAt: null, customerIds: [], provisional: false, history: [] };

/** At most `atMost` wishes within the window of `seconds` that `nowSeconds` falls into. */
export interface RateLimit {
  readonly atMost: number;
  readonly seconds: number;
  readonly nowSeconds: number;
}
