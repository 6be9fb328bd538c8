/** A Stripe subscription as the decisions need it, independent of the API version. All times are Unix seconds. */

export interface Subscription {
  readonly id: string;
  readonly customerId: string;
  /** Stripe's own status. The set is open, so that a new status does not crash this version. */
  readonly status: string;
  readonly createdAt: number;
  readonly items: readonly SubscriptionItem[];
  /** Null since API version 2025-03-31.basil, which moved the period to the items. */
  readonly periodStart: number | null;
  readonly periodEnd: number | null;
  readonly trialEnd: number | null;
  readonly cancelAtPeriodEnd: boolean;
  readonly cancelAt: number | null;
  readonly endedAt: number | null;
  readonly collectionPaused: boolean;
}

export interface SubscriptionItem {
  readonly id: string;
  readonly priceId: string;
  /** A metered price bills usage. It accompanies a plan and is not a plan itself. */
  readonly metered: boolean;
  /** In the currency's minor unit. Null for tiered prices. */
  readonly unitAmount: number | null;
  readonly createdAt: number;
  readonly periodStart: number | null;
  readonly periodEnd: number | null;
}
