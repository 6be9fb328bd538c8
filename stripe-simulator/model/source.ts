/** Tokens and card sources, which came before payment methods. */
import type { Metadata } from './common.ts';

/** A payment method as older integrations see it. Its id is that of the payment method with another prefix. */
export interface CardSource {
  id: string;
  object: 'card';
  address_city: string | null;
  address_country: string | null;
  address_line1: string | null;
  address_line1_check: string | null;
  address_line2: string | null;
  address_state: string | null;
  address_zip: string | null;
  address_zip_check: string | null;
  allow_redisplay: string;
  brand: string;
  country: string;
  customer: string | null;
  cvc_check: string | null;
  dynamic_last4: null;
  exp_month: number;
  exp_year: number;
  fingerprint: string;
  funding: string;
  last4: string;
  metadata: Metadata;
  name: string | null;
  regulated_status: string;
  tokenization_method: null;
}

/** The payment method of a token or a confirmation token. */
export interface TokenRecord {
  id: string;
  method: string;
  created: number;
  used: boolean;
}

/** The key of an app that reads one customer. */
export interface EphemeralKeyRecord {
  id: string;
  secret: string;
  customer: string;
  created: number;
  expires: number;
}

export interface CashBalanceRecord {
  /** The customer. */
  id: string;
  available: Readonly<Record<string, number>>;
}
