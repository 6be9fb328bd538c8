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
  failure_reason?: string;
  metadata: Metadata;
  payment_intent: string | null;
  reason: string | null;
  receipt_number: null;
  source_transfer_reversal: null;
  status: 'pending' | 'requires_action' | 'succeeded' | 'failed' | 'canceled';
  transfer_reversal: null;
}

/** A status `warning_…` is that of an inquiry: no funds are withdrawn. */
export const openDisputeStatuses = [
  'needs_response',
  'under_review',
  'warning_needs_response',
  'warning_under_review',
] as const;
export const closedDisputeStatuses = ['won', 'lost', 'warning_closed', 'prevented'] as const;
export type DisputeStatus = (typeof openDisputeStatuses)[number] | (typeof closedDisputeStatuses)[number];

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
  status: DisputeStatus;
}
