/** The entitlement row as the domain knows it, and the store that keeps it. Times in unix seconds. */
import type { EntitlementStatus } from '../../contract/entitlements.ts';

/** What a sync decides. */
export interface EntitlementState {
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
}

/** How the row stands to Stripe. */
export interface SyncState {
  /** By Stripe's clock: everything that Stripe did up to then is in the row. Null: never synced. */
  readonly syncedAt: number | null;
  /** Every Stripe customer seen for this user. */
  readonly customerIds: readonly string[];
  /** Made by a sync because sign-up had not; stands only if the profile still does. */
  readonly provisional: boolean;
}

/** As read: rows may come from other writers, so the status is whatever they wrote. */
export interface EntitlementRow extends Omit<EntitlementState, 'status'>, SyncState {
  readonly sub: string;
  readonly status: string;
  readonly features: readonly string[] | null;
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
}

/** A user who has never had anything. */
export const emptyState: EntitlementState = {
  status: 'none',
  plan: null,
  currentPeriodEnd: null,
  trialExpiresAt: null,
  cancelAtPeriodEnd: null,
  cancelAt: null,
  pastDueSince: null,
  subscriptionId: null,
  stripeStatus: null,
};

export const neverSynced: SyncState = { syncedAt: null, customerIds: [], provisional: false };
