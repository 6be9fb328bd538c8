/** The bodies of `GET /prices` and `GET /me/prices`. Names and values are those of Stripe's prices and products. */
import type { EntitlementSource } from './entitlements.ts';
import type { ChangeTime } from './subscription.ts';

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
  /** `volume`: the tier of the whole quantity prices all of it. `graduated`: each tier prices its own part. */
  readonly tiers_mode: TiersMode | null;
  /** The lowest first. `null` without tiers. */
  readonly tiers: readonly PriceTier[] | null;
  /** The quantity is divided before it is priced: the amount is that of a package. `null`: it is not. */
  readonly transform_quantity: TransformedQuantity | null;
  /** Whether the amount includes tax. `unspecified`: the default of the Stripe account decides, if it collects tax. */
  readonly tax_behavior: TaxBehavior;
  /** What the price costs in its other currencies, which Stripe's page chooses by the place of the buyer. */
  readonly currency_options: readonly CurrencyOption[];
  /** `null`: the price is charged once. */
  readonly recurring: BillingInterval | null;
  /** `add_on`: it is bought with a plan only. */
  readonly role: OfferedRole;
  /** The days of the trial with which a person's first subscription begins. 0: none. */
  readonly trial_days: number;
  /** What a price that is charged once gives access for. `null`: nothing by itself, or the price recurs. */
  readonly access: PurchasedAccess | null;
  /** The lookup keys of the features that a price that is charged once unlocks. */
  readonly unlocks: readonly string[];
  /** The highest `quantity` that can be bought. */
  readonly max_quantity: number;
}

export type TiersMode = 'graduated' | 'volume';
export type TaxBehavior = 'inclusive' | 'exclusive' | 'unspecified';
export type OfferedRole = 'plan' | 'add_on' | 'other_product';

/** Amounts are in the currency's smallest unit. */
export interface PriceTier {
  /** The last unit of the tier. `null`: it has no end. */
  readonly up_to: number | null;
  /** For each unit. `null`: none, or a fraction. */
  readonly unit_amount: number | null;
  readonly unit_amount_decimal: string | null;
  /** In addition, for the tier as a whole. `null`: none, or a fraction. */
  readonly flat_amount: number | null;
  readonly flat_amount_decimal: string | null;
}

export interface TransformedQuantity {
  readonly divide_by: number;
  readonly round: 'up' | 'down';
}

export interface CurrencyOption {
  /** An ISO 4217 code in lower case. */
  readonly currency: string;
  readonly unit_amount: number | null;
  readonly unit_amount_decimal: string | null;
  readonly tax_behavior: TaxBehavior;
}

export interface PurchasedAccess {
  readonly kind: 'lifetime' | 'days';
  /** `null` for `lifetime`. */
  readonly days: number | null;
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

/** The body of `GET /me/prices`. */
export interface OwnPricesResponse {
  /** What the user has now. `null`: nothing that was bought or given. */
  readonly current: CurrentPlan | null;
  readonly prices: readonly OwnPrice[];
}

/** As `GET /me/entitlements` shows it. */
export interface CurrentPlan {
  /** The id of the price, the product id in an app store, or the plan of a grant. */
  readonly plan: string | null;
  readonly quantity: number | null;
  readonly add_ons: readonly { readonly price: string; readonly quantity: number | null }[];
  /** `null`: it does not recur, or is not known here. */
  readonly recurring: BillingInterval | null;
  readonly source: EntitlementSource | null;
  readonly manage_url: string | null;
  readonly current_period_end: number | null;
  /** When it ends. `null`: it goes on. */
  readonly cancel_at: number | null;
}

/** A price, and what this user would get for it. */
export interface OwnPrice extends OfferedPrice {
  readonly trial: TrialOffer;
  readonly action: PriceAction;
  /**
   * Only with `buy`: whether the checkout sells it with `again: true` alone, because the user has access already. Ask the user
   * before.
   */
  readonly again: boolean;
  /** When a change to it would take effect. `null`: it is no change. */
  readonly when: ChangeTime | null;
  /** The end of the paid period for `period_end`, in Unix seconds. `null`: at once, or not known. */
  readonly takes_effect_at: number | null;
  /** Why the action is `unavailable`: the code with which the route would refuse it. `null`: it is available. */
  readonly reason: UnavailableReason | null;
}

/** Exactly one of the two. */
export interface TrialOffer {
  /** The subscription would begin with a trial of so many days. */
  readonly days?: number;
  readonly refused?: TrialRefusal;
}

/** `not_offered`: the price has no trial, or a change of plan begins none. */
export type TrialRefusal = 'used' | 'unverified_address' | 'not_offered';

/** `buy`: through `POST /me/checkout-session`. `upgrade`, `downgrade` and `switch`: through `POST /me/subscription`. */
export type PriceAction = 'buy' | 'current' | 'upgrade' | 'downgrade' | 'switch' | 'unavailable';

export type UnavailableReason =
  | 'paid_elsewhere'
  | 'several_subscriptions'
  | 'currency_mismatch'
  | 'payment_due'
  | 'subscription_ends'
  | 'change_not_available'
  | 'add_on_not_allowed';
