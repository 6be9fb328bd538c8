/** The entitlement row and its store. All times are Unix seconds. */
import type { EntitlementStatus } from '../../contract/entitlements.ts';
import type { Store } from '../stores/purchase.ts';
import type { BillingFact } from './billing-facts.ts';

/** The part of the state that follows from the user's subscriptions. */
export interface SubscriptionState {
  readonly status: EntitlementStatus | 'trial_expired';
  readonly plan: string | null;
  /** How many of the plan were bought. Null without a plan, and for a plan that bills usage. */
  readonly quantity: number | null;
  /** What was bought in addition to the plan, in the same subscription. */
  readonly addOns: readonly AddOn[];
  readonly currentPeriodEnd: number | null;
  readonly trialExpiresAt: number | null;
  readonly cancelAtPeriodEnd: boolean | null;
  readonly cancelAt: number | null;
  /** When the payment of a past-due subscription was due: at the end of the paid time, or at a later date. Retries do not move it. */
  readonly pastDueSince: number | null;
  readonly subscriptionId: string | null;
  /** Stripe's own status, which distinguishes more cases than the contract's five. */
  readonly stripeStatus: string | null;
  /** True while Stripe collects no payment (`pause_collection`), in any status. */
  readonly collectionPaused: boolean;
  /** True while the first payment is on its way, such as a bank debit. Absent: no. */
  readonly paymentPending?: boolean;
}

export interface AddOn {
  /** The price id. */
  readonly price: string;
  readonly quantity: number | null;
}

/** How the payment for the current period was reversed, or why there will be none. */
export const reversals = ['refunded', 'dispute_open', 'dispute_lost', 'voided', 'uncollectible'] as const;
export type Reversal = (typeof reversals)[number];

/** The fields that decide on access. */
export interface AccessState
  extends Omit<SubscriptionState, 'status' | 'cancelAtPeriodEnd' | 'quantity' | 'addOns'> {
  /** Other writers also write rows, so the status can be any text. */
  readonly status: string;
  readonly reversal: Reversal | null;
  /** Another writer wrote the end in a form that no one can read. It gives no access, because that might never end. */
  readonly unreadable?: boolean;
}

/**
 * Who makes a claim: Stripe for subscriptions, Stripe for what was bought once (`purchase`), RevenueCat for the app stores, a person through the `grant` command, the app's own trial, or other
 * code or a person who wrote the row.
 */
export const claimSources = ['stripe', 'purchase', 'revenuecat', 'grant', 'trial', 'other_writer'] as const;
export type ClaimSource = (typeof claimSources)[number];

/** What a source other than Stripe says about a claim in addition to the state. */
export interface Origin {
  /** The id of the purchase or the grant at its source. */
  readonly id: string;
  /** Where the user pays. Null: nowhere, or in a store that this version does not know. */
  readonly store: Store | null;
  /** Where the user changes it. */
  readonly manageUrl: string | null;
  /** Sorted keys of what this claim unlocks. */
  readonly features: readonly string[];
  /** Whether it may bill the user again. It may do so without giving access now: while it is paused, or a payment is retried. */
  readonly continues: boolean;
  /** Who gave it and why. Null: it was bought. */
  readonly grant: { readonly by: string; readonly reason: string } | null;
  /** From when a purchase counts, in Unix seconds. Only what was bought once has it. */
  readonly paidAt?: number;
}

/** What one source says about one purchase, trial or gift of a user. Access is the union of all claims. */
export interface Claim
  extends AccessState,
    Pick<SubscriptionState, 'cancelAtPeriodEnd' | 'quantity' | 'addOns'> {
  readonly source: ClaimSource;
  /** Another writer left the end blank. It counts as none, and may have been forgotten. */
  readonly blankEnd?: true;
  /** Only claims of RevenueCat, grants and what was bought once have one. */
  readonly origin?: Origin;
}

/** The state that a sync computes. The fields of the claim that decides are those of the row. */
export interface EntitlementState extends Omit<Claim, 'source' | 'blankEnd' | 'origin'> {
  /** Sorted lookup keys of the user's Stripe features. Null: never read, or not readable. */
  readonly features: readonly string[] | null;
  /** All claims, the deciding one first. Empty: nothing was ever bought or given. */
  readonly claims: readonly Claim[];
}

export interface Change {
  /** When a sync read the change, by Stripe's clock. Null if Stripe's response had no time. */
  readonly at: number | null;
  /** The event's id, the request's id, or `reconcile`. */
  readonly by: string;
  readonly before: { readonly status: string; readonly plan: string | null };
  readonly after: AccessState;
  /** The other claims, if there were any. */
  readonly others?: readonly AccessState[];
}

/** By plan, its other names by which a rule of the policy can name it, the one that counts first first. */
export type PlanKeys = Readonly<Record<string, readonly string[]>>;

export interface FeaturesRead {
  /** The id that it had as the holder of the lease. */
  readonly by: string;
  readonly customerIds: readonly string[];
}

/** What the row knows about its own syncs. */
export interface SyncState {
  /** The row includes every change of the subscriptions up to this time, by Stripe's clock. Null: never synced. */
  readonly syncedAt: number | null;
  /** How many syncs have written what Stripe has. */
  readonly syncs: number;
  /** The row includes every change of the features up to this time, by Stripe's clock. Null: never read. */
  readonly featuresSyncedAt: number | null;
  /** What the features were read for: the subscriptions that continued, as text to compare. Null: never read. */
  readonly featuresOf: string | null;
  /** The sync that read the features last, and of which customers, if it said so in its lease before. Null: it did not. */
  readonly featuresRead: FeaturesRead | null;
  /** What was bought once includes every change up to this time, by Stripe's clock. Null: never read by this version. */
  readonly purchasesSyncedAt: number | null;
  /** When the purchases in stores were last read, by RevenueCat's clock. Null: never. No other clock is compared with it. */
  readonly storesSyncedAt: number | null;
  /** Every Stripe customer that a sync has found for this user. */
  readonly customerIds: readonly string[];
  /**
   * The customers that left the row because they name another user by now. They give no access. But a person may have named
   * the wrong user, so they are not ended without a request while this row exists.
   */
  readonly formerCustomerIds: readonly string[];
  /** What the row shows of payments. Empty: nothing that the subscriptions do not say. */
  readonly billingFacts: readonly BillingFact[];
  /** The last sync could not read the features for now, so the row keeps older ones. */
  readonly featuresUnread?: boolean;
  /** A sync created the row and has not yet confirmed that the profile exists. */
  readonly provisional: boolean;
  /** The keys of the plans that the claims and the history show, as they were read last. */
  readonly planKeys: PlanKeys;
  /** The last changes, oldest first. */
  readonly history: readonly Change[];
}

/** The row as read. Another writer may have changed it since: `claimsOf` weighs both. */
export interface EntitlementRow extends EntitlementState, SyncState {
  readonly sub: string;
  /** Whether the end in the row itself is written in such a form. */
  readonly unreadable: boolean;
  /** Whether it is blank. */
  readonly blankEnd?: true;
  /** The payer, as another writer has called it. No sync changes it. */
  readonly platform?: string | null;
  /** When the checkout first offered the user something to buy once, in Unix seconds. No sync changes it. Absent: never. */
  readonly soldOnceSince?: number;
  /** ISO 8601, as sign-up or the app stored it for a trial that it granted. No sync changes it. */
  readonly trialStartedAt: string | null;
  /** ISO 8601, as the last writer stored it. */
  readonly updatedAt: string | null;
  /** The sync that reads Stripe for the row now. Absent: none. */
  readonly lease?: Lease;
  readonly fence: Fence;
}

export interface Lease {
  /** The sync that holds it. */
  readonly id: string;
  /** Unix milliseconds by the clock of its machine. */
  readonly sinceMs: number;
  /** Whether it reads the features, or may have read them. */
  readonly readsFeatures?: true;
}

export interface LeaseRequest {
  readonly id: string;
  readonly nowMs: number;
  /** A lease is over if it began longer ago, or as much later by a clock that is ahead. */
  readonly lastsMs: number;
  /** Only if Stripe was not read for the row after this time. */
  readonly notSyncedAfter?: number;
}

/** What must be unchanged since the row was read. Only the store knows what it holds. */
export interface Fence {
  readonly version: unknown;
  /** Attributes that must be unchanged too. */
  readonly attributes?: Readonly<Record<string, unknown>>;
}

export type NewRow = EntitlementState & SyncState & { readonly trialStartedAt?: string };

export interface EntitlementStore {
  /** Strongly consistent read. */
  read(sub: string): Promise<EntitlementRow | undefined>;
  /** Returns the row that it created. */
  createIfAbsent(sub: string, state: NewRow): Promise<EntitlementRow | 'exists'>;
  /** Writes only if the row exists and its version is unchanged. */
  replace(row: EntitlementRow, state: EntitlementState & SyncState): Promise<'written' | 'conflict'>;
  /**
   * Takes the lease of the row, and returns the row, consistently. Returns `undefined` if there is no row, if another sync
   * holds the lease, or if Stripe was read later than `notSyncedAfter`. It is no change of the row: the fence does not include it.
   */
  takeLease(sub: string, lease: LeaseRequest): Promise<EntitlementRow | undefined>;
  /** Says in the lease that its holder reads the features from now on. Returns false if another sync holds it. */
  announceFeatures(sub: string, id: string): Promise<boolean>;
  /** Ends the lease, if it still is that one. Each write of the row ends it, too. */
  endLease(sub: string, id: string): Promise<void>;
  /** Removes the row only if its version is unchanged. Returns `removed` if it does not exist. */
  removeIfUnchanged(row: EntitlementRow): Promise<'removed' | 'conflict'>;
}

/** The state of a user who never had a subscription. */
export const emptySubscriptionState: SubscriptionState = {
  status: 'none',
  plan: null,
  quantity: null,
  addOns: [],
  currentPeriodEnd: null,
  trialExpiresAt: null,
  cancelAtPeriodEnd: null,
  cancelAt: null,
  pastDueSince: null,
  subscriptionId: null,
  stripeStatus: null,
  collectionPaused: false,
  paymentPending: false,
};

export const emptyState: EntitlementState = {
  ...emptySubscriptionState,
  reversal: null,
  features: null,
  unreadable: false,
  claims: [],
};

export const neverSynced: SyncState = {
  syncedAt: null,
  syncs: 0,
  featuresSyncedAt: null,
  featuresOf: null,
  featuresRead: null,
  purchasesSyncedAt: null,
  storesSyncedAt: null,
  customerIds: [],
  formerCustomerIds: [],
  billingFacts: [],
  provisional: false,
  planKeys: {},
  history: [],
};
