/** Credit notes, which reduce what an invoice asks for, or return what was paid. */
import type { Metadata, ObjectList } from './common.ts';
import type { DiscountAmount } from './invoice.ts';
import type { Tax, TaxRate } from './tax.ts';

export interface CreditNoteLine {
  id: string;
  object: 'credit_note_line_item';
  amount: number;
  description: string | null;
  discount_amount: number;
  discount_amounts: readonly DiscountAmount[];
  invoice_line_item?: string;
  livemode: false;
  metadata: Metadata;
  pretax_credit_amounts: never[];
  quantity: number | null;
  tax_rates: readonly TaxRate[];
  taxes: readonly Tax[];
  type: 'custom_line_item' | 'invoice_line_item';
  unit_amount: number | null;
  unit_amount_decimal: string | null;
}

export interface CreditNote {
  id: string;
  object: 'credit_note';
  amount: number;
  created: number;
  currency: string;
  customer: string;
  customer_balance_transaction: string | null;
  invoice: string;
  discount_amount: number;
  discount_amounts: readonly DiscountAmount[];
  lines: ObjectList<CreditNoteLine>;
  livemode: false;
  memo: string | null;
  metadata: Metadata;
  number: string;
  out_of_band_amount: number | null;
  post_payment_amount: number;
  pre_payment_amount: number;
  reason: string | null;
  refunds: readonly {
    amount_refunded: number;
    payment_record_refund: null;
    refund: string;
    type: 'refund';
  }[];
  status: 'issued' | 'void';
  subtotal: number;
  subtotal_excluding_tax: number | null;
  total: number;
  total_excluding_tax: number | null;
  total_taxes: readonly Tax[];
  type: 'mixed' | 'post_payment' | 'pre_payment';
  voided_at: number | null;
}
