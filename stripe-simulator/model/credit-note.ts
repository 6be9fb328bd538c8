/** Credit notes, which reduce what an invoice asks for, or return what was paid. */
import type { Metadata, ObjectList, Opaque } from './common.ts';

export interface CreditNote {
  id: string;
  object: 'credit_note';
  amount: number;
  created: number;
  currency: string;
  customer: string;
  customer_balance_transaction: string | null;
  invoice: string;
  lines: ObjectList<Opaque>;
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
  total: number;
  type: 'mixed' | 'post_payment' | 'pre_payment';
  voided_at: number | null;
}
