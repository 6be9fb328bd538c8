/** Subscriptions and their items, in the shape of the newest API version. */
import type { Price } from './catalog.ts';
import type { Metadata, ObjectList, Opaque } from './common.ts';
import type { AutomaticTax, TaxRate } from './tax.ts';

export interface SubscriptionItem {
  id: string;
  object: 'subscription_item';
  billing_thresholds: null;
  created: number;
  current_period_end: number;
  current_period_start: number;
  discounts: readonly string[];
  metadata: Metadata;
  price: Price;
  /** Undefined, and left out, if the price is metered. */
  quantity?: number;
  subscription: string;
  tax_rates: readonly TaxRate[];
}

export interface AnchorConfig {
  day_of_month: number;
  hour: number | null;
  minute: number | null;
  month: number | null;
  second: number | null;
}

export interface CancellationDetails {
  comment: string | null;
  feedback: string | null;
  feedback_option: null;
  reason: string | null;
}

export interface Subscription {
  id: string;
  object: 'subscription';
  application: null;
  application_fee_percent: null;
  automatic_tax: AutomaticTax;
  billing_cycle_anchor: number;
  billing_cycle_anchor_config: AnchorConfig | null;
  billing_mode: { flexible: { proration_discounts: 'included' } | null; type: 'flexible' | 'classic' };
  billing_thresholds: null;
  cancel_at: number | null;
  cancel_at_period_end: boolean;
  canceled_at: number | null;
  cancellation_details: CancellationDetails;
  collection_method: 'charge_automatically' | 'send_invoice';
  created: number;
  currency: string;
  customer: string;
  customer_account: null;
  days_until_due: number | null;
  default_payment_method: string | null;
  default_source: null;
  default_tax_rates: readonly TaxRate[];
  description: string | null;
  discounts: readonly string[];
  ended_at: number | null;
  invoice_settings: Opaque;
  items: ObjectList<SubscriptionItem>;
  latest_invoice: string | null;
  livemode: false;
  metadata: Metadata;
  next_pending_invoice_item_invoice: null;
  on_behalf_of: null;
  pause_collection: { behavior: string; resumes_at: number | null } | null;
  payment_settings: Opaque;
  pending_invoice_item_interval: null;
  pending_setup_intent: string | null;
  pending_update: {
    billing_cycle_anchor: null;
    cancel_at_period_end: null;
    discount: null;
    discounts: null;
    expires_at: number;
    metadata: null;
    subscription_items: readonly SubscriptionItem[];
    trial_end: null;
    trial_from_plan: null;
  } | null;
  schedule: string | null;
  start_date: number;
  /**
   * Any string, because `POST /_simulator/subscriptions/:subscription/set` can force a status that Stripe may add
   * later.
   */
  status: string;
  status_details: {
    paused: { subscription: { type: string }; transitioned_at: number; type: 'subscription' };
  } | null;
  test_clock: string | null;
  transfer_data: null;
  trial_end: number | null;
  trial_settings: { end_behavior: { billing_cycle_anchor: null; missing_payment_method: string } };
  trial_start: number | null;
}

/** A paused subscription that resumes when the invoice with the same id is paid. */
export interface Resumption {
  id: string;
  subscription: string;
  behavior: 'resume_on_payment_attempt' | 'resume_on_payment_success';
  anchor: number;
  items: Subscription['items'];
}

/** A change of a subscription that applies when the invoice with the same id is paid. */
export interface HeldUpdate {
  id: string;
  subscription: string;
  anchor: number;
}
