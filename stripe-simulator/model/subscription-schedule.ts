/** Subscription schedules and their phases, in the shape of the newest API version. */
import type { Metadata } from './common.ts';
import type { Subscription } from './subscription.ts';
import type { AutomaticTax, TaxRate } from './tax.ts';

/** A coupon or a promotion code that is redeemed when a phase begins. */
export interface PhaseDiscount {
  coupon: string | null;
  discount: string | null;
  promotion_code: string | null;
}

export interface PhaseOneTimeItem {
  discountable: null;
  discounts: readonly PhaseDiscount[];
  metadata: Metadata;
  period: { end: { type: 'min_item_period_end' }; start: { type: 'phase_start' } };
  price: string;
  quantity: number;
  tax_rates: readonly TaxRate[];
}

export interface PhaseItem {
  billing_thresholds: null;
  discounts: readonly PhaseDiscount[];
  metadata: Metadata;
  plan: string;
  price: string;
  /** Undefined, and left out, if the price is metered. */
  quantity?: number;
  tax_rates: readonly TaxRate[];
}

export interface SchedulePhase {
  add_invoice_items: readonly PhaseOneTimeItem[];
  application_fee_percent: null;
  automatic_tax?: AutomaticTax;
  billing_cycle_anchor: 'automatic' | 'phase_start' | null;
  billing_thresholds: null;
  collection_method: Subscription['collection_method'] | null;
  currency: string;
  default_payment_method: string | null;
  default_tax_rates: readonly TaxRate[];
  description: string | null;
  discounts: readonly PhaseDiscount[];
  end_date: number;
  invoice_settings: {
    account_tax_ids: null;
    custom_fields: null;
    days_until_due: number | null;
    description: null;
    footer: null;
    issuer: null;
  } | null;
  items: readonly PhaseItem[];
  metadata: Metadata;
  on_behalf_of: null;
  proration_behavior: 'always_invoice' | 'create_prorations' | 'none';
  start_date: number;
  transfer_data: null;
  trial_end: number | null;
}

export interface DefaultSettings {
  application_fee_percent: null;
  automatic_tax: AutomaticTax;
  billing_cycle_anchor: 'automatic' | 'phase_start';
  billing_thresholds: null;
  collection_method: Subscription['collection_method'];
  default_payment_method: string | null;
  description: string | null;
  invoice_settings: {
    account_tax_ids: null;
    custom_fields: null;
    days_until_due: number | null;
    description: null;
    footer: null;
    issuer: { type: 'self' };
  };
  on_behalf_of: null;
  transfer_data: null;
}

export type ScheduleStatus = 'active' | 'canceled' | 'completed' | 'not_started' | 'released';

export interface SubscriptionSchedule {
  id: string;
  object: 'subscription_schedule';
  application: null;
  billing_mode: Subscription['billing_mode'];
  canceled_at: number | null;
  completed_at: number | null;
  created: number;
  current_phase: { end_date: number; start_date: number } | null;
  customer: string;
  customer_account: null;
  default_settings: DefaultSettings;
  end_behavior: 'cancel' | 'release';
  livemode: false;
  metadata: Metadata;
  phases: readonly SchedulePhase[];
  released_at: number | null;
  released_subscription: string | null;
  status: ScheduleStatus;
  subscription: string | null;
  test_clock: string | null;
}
