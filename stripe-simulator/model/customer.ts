/** Customers, and the stub that remains of a deleted customer. */
import type { Metadata, Opaque } from './common.ts';
import type { Discount } from './discount.ts';

export interface Customer {
  id: string;
  object: 'customer';
  address: Opaque;
  balance: number;
  created: number;
  currency: string | null;
  customer_account: null;
  default_source: null;
  delinquent: boolean;
  description: string | null;
  discount: Discount | null;
  email: string | null;
  invoice_prefix: string;
  invoice_settings: {
    custom_fields: null;
    default_payment_method: string | null;
    footer: string | null;
    rendering_options: null;
  };
  livemode: false;
  metadata: Metadata;
  name: string | null;
  next_invoice_sequence: number;
  phone: string | null;
  preferred_locales: readonly string[];
  shipping: Opaque;
  tax_exempt: string;
  test_clock: string | null;
}

export interface DeletedCustomer {
  id: string;
  object: 'customer';
  deleted: true;
}
