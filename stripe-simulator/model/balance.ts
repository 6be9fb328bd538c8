/** What has changed the balance of a customer. */
import type { Metadata } from './common.ts';

export type BalanceTransactionType =
  | 'adjustment'
  | 'applied_to_invoice'
  | 'credit_note'
  | 'initial'
  | 'unapplied_from_invoice';

export interface CustomerBalanceTransaction {
  id: string;
  object: 'customer_balance_transaction';
  /** Negative for a credit to the customer. */
  amount: number;
  checkout_session: null;
  created: number;
  credit_note: string | null;
  currency: string;
  customer: string;
  customer_account: null;
  description: string | null;
  ending_balance: number;
  invoice: string | null;
  livemode: false;
  metadata: Metadata;
  type: BalanceTransactionType;
}
