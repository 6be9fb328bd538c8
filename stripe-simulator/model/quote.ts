/** Quotes: what a customer is offered before there is a subscription or an invoice. */
import type { Interval, Price } from './catalog.ts';
import type { Metadata } from './common.ts';
import type { Subscription } from './subscription.ts';
import type { TaxRate } from './tax.ts';

export interface QuoteTotals {
  amount_discount: number;
  amount_shipping: number | null;
  amount_tax: number;
}

export interface Quote {
  id: string;
  object: 'quote';
  amount_subtotal: number;
  amount_total: number;
  application: null;
  application_fee_amount: null;
  application_fee_percent: null;
  automatic_tax: {
    enabled: boolean;
    liability: { type: 'self' } | null;
    provider: string | null;
    status: 'complete' | 'requires_location_inputs' | null;
  };
  collection_method: Subscription['collection_method'];
  computed: {
    recurring: {
      amount_subtotal: number;
      amount_total: number;
      interval: Interval;
      interval_count: number;
      total_details: QuoteTotals;
    } | null;
    upfront: { amount_subtotal: number; amount_total: number; total_details: QuoteTotals };
  };
  created: number;
  currency: string | null;
  customer: string | null;
  customer_account: null;
  default_tax_rates: readonly string[];
  description: string | null;
  discounts: readonly string[];
  expires_at: number;
  footer: string | null;
  from_quote: { is_revision: boolean; quote: string } | null;
  header: string | null;
  invoice: string | null;
  invoice_settings: {
    custom_fields: null;
    days_until_due: number | null;
    description: string | null;
    footer: string | null;
    issuer: { type: 'self' };
  };
  livemode: false;
  metadata: Metadata;
  number: string | null;
  on_behalf_of: null;
  status: 'accepted' | 'canceled' | 'draft' | 'open';
  status_transitions: {
    accepted_at: number | null;
    canceled_at: number | null;
    finalized_at: number | null;
  };
  subscription: string | null;
  subscription_data: {
    billing_mode: { flexible?: { proration_discounts: 'included' }; type: 'classic' | 'flexible' };
    description: string | null;
    effective_date: number | null;
    metadata: Metadata | null;
    trial_period_days: number | null;
  };
  subscription_schedule: string | null;
  test_clock: string | null;
  total_details: QuoteTotals;
  transfer_data: null;
}

export interface QuoteLine {
  id: string;
  price: Price;
  quantity: number;
  description: string;
  taxRates: readonly TaxRate[];
}

/** The lines of the quote with the same id; Stripe's object includes them only when they are expanded. */
export interface QuoteOrder {
  id: string;
  lines: readonly QuoteLine[];
}
