/** Payments: payment methods, payment intents, charges and setup intents. */
import type { Metadata, Opaque } from './common.ts';

export const methodTypes = ['card', 'customer_balance', 'sepa_debit', 'us_bank_account'] as const;
export type MethodType = (typeof methodTypes)[number];

export interface MethodCard {
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
}

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
  card?: MethodCard;
  created: number;
  customer_balance?: Record<string, never>;
  customer: string | null;
  customer_account: null;
  livemode: false;
  metadata: Metadata;
  sepa_debit?: {
    bank_code: string;
    branch_code: string;
    country: string;
    fingerprint: string;
    generated_from: Opaque;
    last4: string;
  };
  type: MethodType;
  us_bank_account?: {
    account_holder_type: string;
    account_type: string;
    bank_name: string;
    financial_connections_account: string | null;
    fingerprint: string;
    last4: string;
    networks: Opaque;
    routing_number: string;
    status_details: null;
  };
}

export interface PaymentError {
  code: string;
  decline_code?: string;
  doc_url: string;
  message: string;
  /** The charge that was declined. */
  charge?: string;
  payment_method: PaymentMethod;
  type: 'card_error' | 'invalid_request_error';
}

export interface PaymentIntent {
  id: string;
  object: 'payment_intent';
  amount: number;
  amount_capturable: number;
  amount_received: number;
  automatic_payment_methods: AutomaticMethods | null;
  canceled_at: number | null;
  cancellation_reason: string | null;
  capture_method: 'automatic' | 'automatic_async' | 'manual';
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
  payment_method_options: Opaque;
  payment_method_types: readonly string[];
  receipt_email: string | null;
  setup_future_usage: string | null;
  shipping: Opaque;
  statement_descriptor: string | null;
  statement_descriptor_suffix: string | null;
  status: IntentStatus;
  transfer_group: string | null;
}

export interface AutomaticMethods {
  allow_redirects: 'always' | 'never';
  enabled: boolean;
}

export type IntentStatus =
  | 'requires_payment_method'
  | 'requires_confirmation'
  | 'requires_action'
  | 'processing'
  | 'requires_capture'
  | 'succeeded'
  | 'canceled';

export interface Charge {
  id: string;
  object: 'charge';
  amount: number;
  amount_captured: number;
  amount_refunded: number;
  balance_transaction: string | null;
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
  receipt_email: string | null;
  receipt_url: string | null;
  refunded: boolean;
  shipping: Opaque;
  statement_descriptor: string | null;
  statement_descriptor_suffix: string | null;
  status: 'succeeded' | 'pending' | 'failed';
  transfer_group: string | null;
}

export interface SetupIntent {
  id: string;
  object: 'setup_intent';
  automatic_payment_methods: AutomaticMethods | null;
  cancellation_reason: string | null;
  client_secret: string;
  created: number;
  customer: string | null;
  description: string | null;
  last_setup_error: PaymentError | null;
  livemode: false;
  mandate: string | null;
  metadata: Metadata;
  next_action: Opaque;
  payment_method: string | null;
  payment_method_options: Opaque;
  payment_method_types: readonly string[];
  status: 'canceled' | 'requires_action' | 'requires_confirmation' | 'requires_payment_method' | 'succeeded';
  usage: string;
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
