/** Reversals: refunds and disputes. */
import type { Metadata, Opaque } from './common.ts';

export interface Refund {
  id: string;
  object: 'refund';
  amount: number;
  balance_transaction: null;
  charge: string;
  created: number;
  currency: string;
  destination_details: Opaque;
  metadata: Metadata;
  payment_intent: string | null;
  reason: string | null;
  receipt_number: null;
  source_transfer_reversal: null;
  status: 'succeeded';
  transfer_reversal: null;
}

export interface Dispute {
  id: string;
  object: 'dispute';
  amount: number;
  balance_transactions: readonly Opaque[];
  charge: string;
  created: number;
  currency: string;
  enhanced_eligibility_types: readonly string[];
  evidence: Opaque;
  evidence_details: Opaque;
  is_charge_refundable: boolean;
  livemode: false;
  metadata: Metadata;
  payment_intent: string | null;
  reason: string;
  status: 'needs_response' | 'won' | 'lost';
}
