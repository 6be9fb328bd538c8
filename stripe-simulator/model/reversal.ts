/** Reversals: refunds and disputes. */

import type { Metadata, Opaque } from './common.ts';
import type { BalanceTransaction } from './funds.ts';

export interface Refund {
  id: string;
  object: 'refund';
  amount: number;
  balance_transaction: string | null;
  charge: string;
  created: number;
  currency: string;
  customer: string | null;
  customer_account: null;
  destination_details: Opaque;
  failure_reason?: string;
  metadata: Metadata;
  payment_intent: string | null;
  payment_method: string | null;
  pending_reason?: 'processing';
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

export const evidenceFields = [
  'access_activity_log',
  'billing_address',
  'cancellation_policy',
  'cancellation_policy_disclosure',
  'cancellation_rebuttal',
  'customer_communication',
  'customer_email_address',
  'customer_name',
  'customer_purchase_ip',
  'customer_signature',
  'duplicate_charge_documentation',
  'duplicate_charge_explanation',
  'duplicate_charge_id',
  'product_description',
  'receipt',
  'refund_policy',
  'refund_policy_disclosure',
  'refund_refusal_explanation',
  'service_date',
  'service_documentation',
  'shipping_address',
  'shipping_carrier',
  'shipping_date',
  'shipping_documentation',
  'shipping_tracking_number',
  'uncategorized_file',
  'uncategorized_text',
] as const;

export type DisputeEvidence = { [K in (typeof evidenceFields)[number]]: string | null } & {
  enhanced_evidence: Opaque;
};

export interface Dispute {
  id: string;
  object: 'dispute';
  amount: number;
  balance_transactions: readonly BalanceTransaction[];
  charge: string;
  created: number;
  currency: string;
  enhanced_eligibility_types: readonly string[];
  evidence: DisputeEvidence;
  evidence_details: {
    due_by: number | null;
    enhanced_eligibility: Opaque;
    has_evidence: boolean;
    past_due: boolean;
    submission_count: number;
    submission_method: 'manual';
  };
  intended_submission_method: null;
  is_charge_refundable: boolean;
  livemode: false;
  metadata: Metadata;
  network_reason_code: string | null;
  payment_intent: string | null;
  payment_method_details: Opaque;
  reason: string;
  status: DisputeStatus;
}
