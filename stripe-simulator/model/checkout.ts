/** Checkout sessions and what they create once they are paid. */
import type { Price } from './catalog.ts';
import type { Metadata, Opaque } from './common.ts';
import type { PaymentIntent } from './payment.ts';
import type { TaxRate } from './tax.ts';

export interface CheckoutSession {
  id: string;
  object: 'checkout.session';
  allow_promotion_codes: boolean | null;
  amount_subtotal: number | null;
  amount_total: number | null;
  automatic_tax: Opaque;
  billing_address_collection: 'auto' | 'required' | null;
  cancel_url: string | null;
  client_reference_id: string | null;
  client_secret: string | null;
  consent: { promotions: null; terms_of_service: 'accepted' | null } | null;
  consent_collection: {
    payment_method_reuse_agreement: null;
    promotions: 'auto' | 'none' | null;
    terms_of_service: 'none' | 'required' | null;
  } | null;
  created: number;
  currency: string | null;
  custom_fields: readonly Opaque[];
  customer: string | null;
  customer_account: null;
  customer_creation: 'always' | 'if_required' | null;
  customer_details: Opaque;
  customer_email: string | null;
  discounts: readonly CheckoutDiscount[] | null;
  expires_at: number;
  invoice: string | null;
  invoice_creation: Opaque;
  livemode: false;
  locale: string | null;
  metadata: Metadata;
  mode: 'payment' | 'setup' | 'subscription';
  payment_intent: string | null;
  payment_link: string | null;
  payment_method_collection: 'always' | 'if_required';
  payment_method_types: readonly string[];
  payment_status: 'paid' | 'unpaid' | 'no_payment_required';
  redirect_on_completion: 'always' | 'if_required' | 'never' | null;
  return_url: string | null;
  setup_intent: string | null;
  status: 'open' | 'complete' | 'expired';
  submit_type: string | null;
  subscription: string | null;
  success_url: string | null;
  tax_id_collection: { enabled: boolean; required: 'if_supported' | 'never' };
  total_details: { amount_discount: number; amount_shipping: number; amount_tax: number } | null;
  ui_mode: 'hosted_page' | 'embedded_page' | 'elements';
  url: string | null;
}

/** A coupon or a promotion code, before the session completes. */
export interface CheckoutDiscount {
  coupon: string | null;
  promotion_code: string | null;
}

export interface OrderLine {
  id: string;
  price: Price;
  quantity: number;
  description: string;
  taxRates?: readonly TaxRate[];
  /** What the line costs after the discount of the session. */
  amounts?: LineAmounts;
}

export interface LineAmounts {
  readonly subtotal: number;
  readonly discount: number;
  readonly tax: number;
  readonly total: number;
}

/** What each visit of the payment link with the same id orders; Stripe's object does not include it. */
export interface PaymentLinkOrder {
  id: string;
  lines: readonly OrderLine[];
}

/** What a session creates when it completes; Stripe's object does not include it. */
export interface CheckoutOrder {
  id: string;
  lines: readonly OrderLine[];
  subscription: {
    metadata: Metadata;
    trial_end: number | null;
    trial_period_days: number | null;
    missing_payment_method: string;
    description: string | null;
    /** When the first full period begins, in Unix seconds. */
    anchor?: number | null;
    prorationBehavior?: 'create_prorations' | 'none';
    defaultTaxRates?: readonly TaxRate[];
    billingMode?: 'classic' | 'flexible';
  };
  discounts?: readonly CheckoutDiscount[];
  automaticTax?: boolean;
  /** What the page may write into the customer. */
  saves?: readonly ('address' | 'name' | 'shipping')[];
  payment: {
    metadata: Metadata;
    shipping: Opaque;
    description: string | null;
    /** Whether the card is saved for later payments (`setup_future_usage`). */
    saves?: boolean;
    /** Further fields of the payment intent. */
    details?: Partial<PaymentIntent>;
  };
  /** The invoice that a single payment gets, or absent if it gets none. */
  invoice?: { description: string | null; metadata: Metadata };
}
