/** Invoices, their lines and items, and their payments. */
import type { Metadata, ObjectList } from './common.ts';
import type { Tax, TaxRate } from './tax.ts';

export interface DiscountAmount {
  amount: number;
  discount: string;
}

interface ProrationDetails {
  credited_items: { invoice: string; invoice_line_items: string[] } | null;
}

export interface InvoiceLine {
  id: string;
  object: 'line_item';
  amount: number;
  currency: string;
  description: string | null;
  discount_amounts: readonly DiscountAmount[];
  discountable: boolean;
  discounts: readonly string[];
  invoice: string;
  livemode: false;
  metadata: Metadata;
  parent: {
    invoice_item_details: {
      invoice_item: string;
      proration: boolean;
      proration_details: ProrationDetails | null;
      subscription: string | null;
    } | null;
    subscription_item_details: {
      invoice_item: null;
      proration: boolean;
      proration_details: ProrationDetails | null;
      subscription: string;
      subscription_item: string;
    } | null;
    type: 'invoice_item_details' | 'subscription_item_details';
  };
  period: { end: number; start: number };
  pricing: {
    price_details: { price: string; product: string };
    type: 'price_details';
    unit_amount_decimal: string | null;
  } | null;
  quantity: number;
  subtotal: number;
  taxes: readonly Tax[];
}

export interface Invoice {
  id: string;
  object: 'invoice';
  account_country: string;
  account_name: string;
  amount_due: number;
  amount_overpaid: number;
  amount_paid: number;
  amount_remaining: number;
  attempt_count: number;
  attempted: boolean;
  auto_advance: boolean;
  automatic_tax: {
    disabled_reason: null;
    enabled: boolean;
    liability: { type: 'self' } | null;
    provider: 'stripe' | null;
    status: 'complete' | 'requires_location_inputs' | null;
  };
  automatically_finalizes_at: number | null;
  billing_reason: string;
  collection_method: 'charge_automatically' | 'send_invoice';
  created: number;
  currency: string;
  customer: string;
  customer_account: null;
  customer_email: string | null;
  customer_name: string | null;
  default_payment_method: string | null;
  default_tax_rates: readonly TaxRate[];
  description: string | null;
  discounts: readonly string[];
  due_date: number | null;
  ending_balance: number | null;
  footer: null;
  hosted_invoice_url: string | null;
  invoice_pdf: string | null;
  last_finalization_error: null;
  lines: ObjectList<InvoiceLine>;
  livemode: false;
  metadata: Metadata;
  next_payment_attempt: number | null;
  number: string | null;
  parent:
    | {
        quote_details: null;
        subscription_details: { metadata: Metadata; subscription: string };
        type: 'subscription_details';
      }
    | { quote_details: { quote: string }; subscription_details: null; type: 'quote_details' }
    | null;
  period_end: number;
  period_start: number;
  post_payment_credit_notes_amount: number;
  pre_payment_credit_notes_amount: number;
  receipt_number: null;
  starting_balance: number;
  status: 'draft' | 'open' | 'paid' | 'void' | 'uncollectible';
  /** Why the invoice is uncollectible. Null, and omitted, in any other status. */
  status_details: { uncollectible: { reason: string } } | null;
  status_transitions: {
    finalized_at: number | null;
    marked_uncollectible_at: number | null;
    paid_at: number | null;
    voided_at: number | null;
  };
  subtotal: number;
  test_clock: string | null;
  subtotal_excluding_tax: number;
  total: number;
  total_discount_amounts: readonly DiscountAmount[];
  total_excluding_tax: number;
  total_taxes: readonly Tax[];
  webhooks_delivered_at: number | null;
}

export interface InvoiceItem {
  id: string;
  object: 'invoiceitem';
  amount: number;
  currency: string;
  customer: string;
  customer_account: null;
  date: number;
  description: string | null;
  discountable: boolean;
  discounts: readonly string[];
  invoice: string | null;
  livemode: false;
  metadata: Metadata;
  parent: { subscription_details: { subscription: string }; type: 'subscription_details' } | null;
  period: { end: number; start: number };
  pricing: InvoiceLine['pricing'];
  proration: boolean;
  proration_details?: {
    credited_items: {
      invoice_line_item_details: { invoice: string; invoice_line_items: string[] };
      type: 'invoice_line_items';
    } | null;
    discount_amounts: never[];
  };
  quantity: number;
  tax_rates: readonly TaxRate[];
}

export interface InvoicePayment {
  id: string;
  object: 'invoice_payment';
  amount_paid: number | null;
  amount_requested: number;
  created: number;
  currency: string;
  invoice: string;
  is_default: boolean;
  livemode: false;
  payment: {
    charge?: string;
    payment_intent?: string;
    payment_record?: string;
    type: 'charge' | 'payment_intent' | 'payment_record';
  };
  status: 'open' | 'paid' | 'canceled';
  status_transitions: { canceled_at: number | null; paid_at: number | null };
}
