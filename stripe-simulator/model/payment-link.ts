/** Payment links: each visit opens a Checkout session of its own. */
import type { Metadata } from './common.ts';

export interface PaymentLink {
  id: string;
  object: 'payment_link';
  active: boolean;
  after_completion: {
    hosted_confirmation?: { custom_message: string | null };
    redirect?: { url: string };
    type: 'hosted_confirmation' | 'redirect';
  };
  allow_promotion_codes: boolean;
  application: null;
  application_fee_amount: null;
  application_fee_percent: null;
  automatic_tax: { enabled: boolean; liability: { type: 'self' } | null };
  billing_address_collection: 'auto' | 'required';
  consent_collection: null;
  currency: string;
  custom_fields: never[];
  custom_text: {
    after_submit: null;
    shipping_address: null;
    submit: null;
    terms_of_service_acceptance: null;
  };
  customer_creation: 'always' | 'if_required';
  inactive_message: string | null;
  invoice_creation: null;
  livemode: false;
  managed_payments: null;
  metadata: Metadata;
  on_behalf_of: null;
  payment_intent_data: null;
  payment_method_collection: 'always' | 'if_required';
  payment_method_options: null;
  payment_method_types: null;
  phone_number_collection: { enabled: false };
  restrictions: { completed_sessions: { count: number; limit: number } } | null;
  shipping_address_collection: null;
  shipping_options: never[];
  submit_type: 'auto' | 'book' | 'donate' | 'pay' | 'subscribe';
  subscription_data: {
    description: string | null;
    invoice_settings: {
      account_tax_ids: null;
      custom_fields: null;
      description: null;
      footer: null;
      issuer: { type: 'self' };
    };
    metadata: Metadata;
    trial_period_days: number | null;
    trial_settings: {
      end_behavior: { missing_payment_method: 'cancel' | 'create_invoice' | 'pause' };
    } | null;
  } | null;
  tax_id_collection: { enabled: false; required: 'never' };
  transfer_data: null;
  url: string;
}
