/** The bodies of the routes that lead to Stripe's pages. A handler refuses any other field of a request. */

/** An order. The trial, the customer and the coupons are the server's decision. */
export interface CheckoutSessionRequest {
  /** The id or the lookup key of a price that `CHECKOUT_PRICES` lists. */
  readonly price: string;
  /** A URL of an allowed origin. Stripe replaces `{CHECKOUT_SESSION_ID}`. Default: the configured URL. */
  readonly success_url?: string | null;
  /** A URL of an allowed origin. Default: the configured URL. */
  readonly cancel_url?: string | null;
  /**
   * At most `CHECKOUT_MAX_QUANTITY`.
   * @minimum 1
   * @default 1
   */
  readonly quantity?: number;
  /**
   * What is bought with the plan: prices whose `predixa_role` is `add_on`, in the currency and interval of the plan.
   * @maxItems 19
   */
  readonly add_ons?: readonly OrderedAddOn[] | null;
  /**
   * Whether Stripe's page shows a field for promotion codes.
   * @default false
   */
  readonly promotion?: boolean;
  /**
   * Whether the user buys although there is access already: extends a pass, or buys next to a subscription or another purchase.
   * Send it only after the user has confirmed that.
   * @default false
   */
  readonly again?: boolean;
}

export interface OrderedAddOn {
  /** The id or the lookup key of an add-on that `CHECKOUT_PRICES` lists. */
  readonly price: string;
  /**
   * At most `CHECKOUT_MAX_QUANTITY`.
   * @minimum 1
   * @default 1
   */
  readonly quantity?: number;
}

/** What a user has bought once, as `already_purchased` names it. */
export interface OwnedPurchase {
  /** The price id. `null`: features alone. */
  readonly plan: string | null;
  readonly features: readonly string[];
  /** Unix seconds. `null`: it has no end, or is not paid yet. */
  readonly current_period_end: number | null;
  /** `pending`: a delayed payment has not arrived yet. */
  readonly status: 'active' | 'pending';
}

export interface CheckoutSessionResponse {
  /** The id of the Checkout session. */
  readonly id: string;
  /** Stripe's page. Send the user there before `expires_at`. */
  readonly url: string;
  /** Unix seconds. */
  readonly expires_at: number;
}

/** The tasks that the billing portal can open directly. */
export type PortalFlow =
  | 'payment_method_update'
  | 'customer_update'
  | 'subscription_cancel'
  | 'subscription_update'
  | 'subscription_pause';

export interface BillingPortalSessionRequest {
  /** A URL of an allowed origin. Default: the configured URL. */
  readonly return_url?: string | null;
  /** The task to open. Default: the whole portal. */
  readonly flow?: PortalFlow | null;
}

export interface BillingPortalSessionResponse {
  /** Stripe's page. It expires within minutes, so request it when the user clicks. */
  readonly url: string;
}
