/** The billing portal: its sessions, and the configurations that say what customers may do. */
import type { Interval } from './catalog.ts';
import type { Metadata } from './common.ts';

type ProrationBehavior = 'always_invoice' | 'create_prorations' | 'none';

export interface PortalConfiguration {
  id: string;
  object: 'billing_portal.configuration';
  active: boolean;
  application: null;
  business_profile: {
    headline: string | null;
    privacy_policy_url: string | null;
    terms_of_service_url: string | null;
  };
  created: number;
  default_return_url: string | null;
  features: {
    customer_update: { allowed_updates: string[]; enabled: boolean };
    invoice_history: { enabled: boolean };
    payment_method_update: { enabled: boolean; payment_method_configuration: null };
    subscription_cancel: {
      cancellation_reason: { enabled: boolean; feedback_options: null; options: string[] };
      enabled: boolean;
      mode: 'at_period_end' | 'immediately';
      proration_behavior: ProrationBehavior;
    };
    subscription_pause: {
      duration: { interval_options: { interval: Interval; interval_count: number }[]; type: 'indefinite' };
      enabled: boolean;
    };
    subscription_update: {
      billing_cycle_anchor: null;
      default_allowed_updates: string[];
      enabled: boolean;
      products: PortalProduct[] | null;
      proration_behavior: ProrationBehavior;
      schedule_at_period_end: { conditions: { type: string }[] };
      trial_update_behavior: 'continue_trial' | 'end_trial';
    };
  };
  is_default: boolean;
  livemode: false;
  login_page: { enabled: boolean; url: string | null };
  metadata: Metadata;
  name: string | null;
  updated: number;
}

export interface PortalProduct {
  adjustable_quantity: { enabled: boolean; maximum: number | null; minimum: number };
  prices: string[];
  product: string;
}

export interface PortalFlow {
  after_completion: {
    hosted_confirmation: { custom_message: string | null } | null;
    redirect: { return_url: string } | null;
    type: 'hosted_confirmation' | 'portal_homepage' | 'redirect';
  };
  customer_update: Record<string, never> | null;
  subscription_cancel: { retention: null; subscription: string } | null;
  subscription_pause: { subscription: string } | null;
  subscription_update: { subscription: string } | null;
  subscription_update_confirm: {
    discounts: null;
    items: { id: string | null; price: string | null; quantity?: number }[];
    subscription: string;
  } | null;
  type: PortalFlowType;
}

export type PortalFlowType =
  | 'customer_update'
  | 'payment_method_update'
  | 'subscription_cancel'
  | 'subscription_pause'
  | 'subscription_update'
  | 'subscription_update_confirm';

export interface PortalSession {
  id: string;
  object: 'billing_portal.session';
  configuration: string;
  created: number;
  customer: string;
  customer_account: null;
  flow: PortalFlow | null;
  livemode: false;
  locale: string | null;
  on_behalf_of: null;
  return_url: string | null;
  url: string;
}
