/** The body of `GET /prices`. Names and values are those of Stripe's prices and products. */
export interface PricesResponse {
  /** The prices that the checkout sells, in the order of the installation's settings. */
  readonly prices: readonly OfferedPrice[];
}

export interface OfferedPrice {
  /** What `POST /me/checkout-session` takes as `price`. It takes the lookup key too. */
  readonly id: string;
  readonly lookup_key: string | null;
  readonly product: OfferedProduct;
  /** An ISO 4217 code in lower case. */
  readonly currency: string;
  /** In the currency's smallest unit, such as cents. `null`: the price has tiers, or a fraction of the unit. */
  readonly unit_amount: number | null;
  /** The same as a decimal text, which may have a fraction. `null`: the price has tiers. */
  readonly unit_amount_decimal: string | null;
  /** `tiered`: the amount depends on the quantity. */
  readonly billing_scheme: 'per_unit' | 'tiered';
  readonly recurring: BillingInterval;
}

export interface BillingInterval {
  readonly interval: 'day' | 'week' | 'month' | 'year';
  /** 3 with `month`: every three months. */
  readonly interval_count: number;
}

export interface OfferedProduct {
  readonly id: string;
  readonly name: string;
  readonly description: string | null;
  /** What the pricing page lists: the names of Stripe's marketing features. */
  readonly features: readonly string[];
  /** URLs. */
  readonly images: readonly string[];
}
