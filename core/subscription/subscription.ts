/** A Stripe subscription as the decisions need it, whatever API version it was rendered in. Times in unix seconds. */

export interface Subscription {
  readonly id: string;
  readonly customerId: string;
  /** Stripe's word. The set is open: a status of tomorrow must not crash today's code. */
  readonly status: string;
  readonly createdAt: number;
  readonly items: readonly SubscriptionItem[];
  /** Before 2025-03-31.basil the period belonged to the subscription; later it is on each item. */
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
  /** Metered prices bill use; they come beside a plan and are not one. */
  readonly metered: boolean;
  /** In the currency's minor unit; null for tiered prices. */
  readonly unitAmount: number | null;
  readonly createdAt: number;
  readonly periodStart: number | null;
  readonly periodEnd: number | null;
}
