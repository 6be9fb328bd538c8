/** Payments: payment methods, payment intents, charges and setup intents. */
import type { Metadata, Opaque } from './common.ts';

export interface PaymentMethod {
  id: string;
  object: 'payment_method';
  allow_redisplay: string;
  billing_details: {
    address: Opaque;
    email: string | null;
    name: string | null;
    phone: string | null;
    tax_id: null;
  };
  card: {
    brand: string;
    checks: Opaque;
    country: string;
    display_brand: string;
    exp_month: number;
    exp_year: number;
    fingerprint: string;
    funding: string;
    generated_from: null;
    last4: string;
    networks: Opaque;
    regulated_status: string;
    three_d_secure_usage: Opaque;
    wallet: null;
  };
  created: number;
  customer: string | null;
  customer_account: null;
  livemode: false;
  metadata: Metadata;
  type: 'card';
}

export interface PaymentError {
  code: string;
  decline_code?: string;
  doc_url: string;
  message: string;
  payment_method: PaymentMethod;
  type: 'card_error' | 'invalid_request_error';
}

export interface PaymentIntent {
  id: string;
  object: 'payment_intent';
  amount: number;
  amount_capturable: number;
  amount_received: number;
  automatic_payment_methods: null;
  canceled_at: number | null;
  cancellation_reason: string | null;
  capture_method: string;
  client_secret: string;
  confirmation_method: string;
  created: number;
  currency: string;
  customer: string | null;
  customer_account: null;
  description: string | null;
  last_payment_error: PaymentError | null;
  latest_charge: string | null;
  livemode: false;
  metadata: Metadata;
  next_action: Opaque;
  payment_method: string | null;
  payment_method_types: readonly string[];
  receipt_email: string | null;
  setup_future_usage: string | null;
  shipping: Opaque;
  status: 'requires_payment_method' | 'requires_action' | 'succeeded' | 'canceled';
}

export interface Charge {
  id: string;
  object: 'charge';
  amount: number;
  amount_captured: number;
  amount_refunded: number;
  billing_details: PaymentMethod['billing_details'];
  captured: boolean;
  created: number;
  currency: string;
  customer: string | null;
  description: string | null;
  disputed: boolean;
  failure_code: string | null;
  failure_message: string | null;
  livemode: false;
  metadata: Metadata;
  outcome: Opaque;
  paid: boolean;
  payment_intent: string | null;
  payment_method: string;
  payment_method_details: Opaque;
  receipt_url: null;
  refunded: boolean;
  status: 'succeeded' | 'failed';
}

export interface SetupIntent {
  id: string;
  object: 'setup_intent';
  client_secret: string;
  created: number;
  customer: string | null;
  description: string | null;
  last_setup_error: PaymentError | null;
  livemode: false;
  metadata: Metadata;
  payment_method: string | null;
  payment_method_types: readonly string[];
  status: 'succeeded' | 'requires_payment_method';
  usage: 'off_session';
}

/** A payment outside of Stripe that was reported to it. */
export interface PaymentRecord {
  id: string;
  object: 'payment_record';
  amount: { currency: string; value: number };
  amount_refunded: { currency: string; value: number };
  created: number;
  livemode: false;
  metadata: Metadata;
}
