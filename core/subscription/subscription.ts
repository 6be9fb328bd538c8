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
  /** Its first payment is on its way, such as a bank debit. Stripe calls it active already. Absent: no. */
  readonly paymentPending?: boolean;
  /** What it is paid with: its own default, or else that of the customer. Null or absent: nothing, or not known. */
  readonly paymentMethodId?: string | null;
  readonly latestInvoiceId?: string | null;
  /** Since when its oldest open invoice is late. Only of one that is past due or unpaid; null or absent: not known. */
  readonly lateSince?: number | null;
}

export interface SubscriptionItem {
  readonly id: string;
  readonly priceId: string;
  /** The other names of the price by which a rule can name it: its lookup key, then its product. */
  readonly keys: readonly string[];
  /** A metered price bills usage. It accompanies a plan and is not a plan itself. */
  readonly metered: boolean;
  /** What the price's metadata say about it. Null: nothing. */
  readonly role: PriceRole | null;
  /** Null for a metered price, which bills usage. */
  readonly quantity: number | null;
  readonly createdAt: number;
  readonly periodStart: number | null;
  readonly periodEnd: number | null;
}

/**
 * What a price is for, as its metadata say in Stripe (`predixa_role`). That is read with every subscription: without a further
 * call, without a setting that several functions must share, and for a new price where it is created.
 */
export const priceRoles = ['plan', 'add_on', 'other_product'] as const;
export type PriceRole = (typeof priceRoles)[number];
