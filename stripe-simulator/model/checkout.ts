/** Checkout sessions and what they create once they are paid. */
import type { Price } from './catalog.ts';
import type { Metadata, Opaque } from './common.ts';
import type { PaymentIntent } from './payment.ts';

export interface CheckoutSession {
  id: string;
  object: 'checkout.session';
  allow_promotion_codes: boolean | null;
  amount_subtotal: number | null;
  amount_total: number | null;
  automatic_tax: Opaque;
  billing_address_collection: null;
  cancel_url: string | null;
  client_reference_id: string | null;
  client_secret: string | null;
  created: number;
  currency: string | null;
  custom_fields: readonly Opaque[];
  customer: string | null;
  customer_account: null;
  customer_creation: 'always' | 'if_required' | null;
  customer_details: Opaque;
  customer_email: string | null;
  expires_at: number;
  invoice: string | null;
  invoice_creation: Opaque;
  livemode: false;
  locale: string | null;
  metadata: Metadata;
  mode: 'payment' | 'setup' | 'subscription';
  payment_intent: string | null;
  payment_link: null;
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
  total_details: Opaque;
  ui_mode: 'hosted_page' | 'embedded_page' | 'elements';
  url: string | null;
}

export interface OrderLine {
  id: string;
  price: Price;
  quantity: number;
  description: string;
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
  };
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
