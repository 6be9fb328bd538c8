/** The catalog: products, prices, features and the entitlements that follow from them. */
import type { Metadata, Opaque } from './common.ts';

export interface Product {
  id: string;
  object: 'product';
  active: boolean;
  created: number;
  default_price: string | null;
  description: string | null;
  images: readonly string[];
  livemode: false;
  marketing_features: readonly Opaque[];
  metadata: Metadata;
  name: string;
  package_dimensions: null;
  shippable: boolean | null;
  statement_descriptor: string | null;
  tax_code: string | null;
  type: 'service';
  unit_label: string | null;
  updated: number;
  url: string | null;
}

export type Interval = 'day' | 'week' | 'month' | 'year';

export interface Recurring {
  interval: Interval;
  interval_count: number;
  meter: string | null;
  trial_period_days: number | null;
  usage_type: 'licensed' | 'metered';
}

export interface PriceTier {
  flat_amount: number | null;
  flat_amount_decimal: string | null;
  unit_amount: number | null;
  unit_amount_decimal: string | null;
  /** The last unit of the tier, and null for the tier without an end. */
  up_to: number | null;
}

/** What a price costs in another currency than its own. */
export interface CurrencyOption {
  custom_unit_amount: null;
  tax_behavior: string;
  /** Shown only when it is expanded. */
  tiers?: readonly PriceTier[];
  unit_amount: number | null;
  unit_amount_decimal: string | null;
}

export interface Price {
  id: string;
  object: 'price';
  active: boolean;
  billing_scheme: 'per_unit' | 'tiered';
  created: number;
  currency: string;
  /** By currency, without the price's own. Shown only when it is expanded. */
  currency_options?: Readonly<Record<string, CurrencyOption>>;
  custom_unit_amount: null;
  livemode: false;
  lookup_key: string | null;
  metadata: Metadata;
  nickname: string | null;
  product: string;
  recurring: Recurring | null;
  tax_behavior: string;
  /** Shown only when it is expanded. */
  tiers?: readonly PriceTier[];
  tiers_mode: 'graduated' | 'volume' | null;
  transform_quantity: { divide_by: number; round: 'up' | 'down' } | null;
  type: 'one_time' | 'recurring';
  /** Null with tiers, and for a decimal that is no whole number. */
  unit_amount: number | null;
  unit_amount_decimal: string | null;
}

export interface Feature {
  id: string;
  object: 'entitlements.feature';
  active: boolean;
  livemode: false;
  lookup_key: string;
  metadata: Metadata;
  name: string;
}

export interface ProductFeature {
  id: string;
  object: 'product_feature';
  entitlement_feature: Feature;
  livemode: false;
}

/** The product that a product feature belongs to; Stripe's object does not include it. */
export interface ProductFeatureOwner {
  id: string;
  product: string;
}

export interface ActiveEntitlement {
  id: string;
  object: 'entitlements.active_entitlement';
  feature: string;
  livemode: false;
  lookup_key: string;
}

/** The customer that an entitlement belongs to; Stripe's object does not include it. */
export interface EntitlementOwner {
  id: string;
  customer: string;
}
