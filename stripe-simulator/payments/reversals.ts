/** Refunds and disputes: their records, the fields of the charge and the events. */

import type { Metadata } from '../model/common.ts';
import type { Charge } from '../model/payment.ts';
import type { Dispute, Refund } from '../model/reversal.ts';
import { invalidRequest } from '../protocol/stripe-error.ts';
import { add, change, emit } from '../world/records.ts';
import type { World } from '../world/world.ts';

export interface RefundInput {
  /** The amount to refund; undefined refunds the rest of the charge. */
  readonly amount: number | undefined;
  readonly reason: string | null;
  readonly metadata: Metadata;
}

export function refundCharge(world: World, charge: Charge, input: RefundInput): Refund {
  const refundable = charge.amount_captured - charge.amount_refunded;
  if (!charge.paid) {
    throw invalidRequest({ message: `Charge ${charge.id} has not been paid.`, param: 'charge' });
  }
  if (refundable === 0) {
    throw invalidRequest({
      message: `Charge ${charge.id} has already been refunded.`,
      code: 'charge_already_refunded',
    });
  }
  if (isDisputed(world, charge)) {
    throw invalidRequest({
      message: `Charge ${charge.id} has been charged back; cannot issue a refund.`,
      code: 'charge_disputed',
    });
  }
  const amount = input.amount ?? refundable;
  if (amount < 1 || amount > refundable) {
    const message = `Refund amount (${amount}) is greater than unrefunded amount on charge (${refundable})`;
    throw invalidRequest({ message, param: 'amount' });
  }
  const row: Refund = {
    id: world.ids.next('re_'),
    object: 'refund',
    amount,
    balance_transaction: null,
    charge: charge.id,
    created: world.seconds(),
    currency: charge.currency,
    destination_details: { type: 'card', card: { type: 'refund' } },
    metadata: input.metadata,
    payment_intent: charge.payment_intent,
    reason: input.reason,
    receipt_number: null,
    source_transfer_reversal: null,
    status: 'succeeded',
    transfer_reversal: null,
  };
  const refund = add(world, world.store.refunds, { row, event: 'refund.created' });
  const refunded = charge.amount_refunded + amount;
  change(world, world.store.charges, {
    id: charge.id,
    patch: { amount_refunded: refunded, refunded: refunded === charge.amount_captured },
    event: 'charge.refunded',
  });
  return refund;
}

/** A dispute that was won returns the payment, and the charge can be refunded again. */
function isDisputed(world: World, charge: Charge): boolean {
  const disputes = world.store.disputes.oldestFirst();
  return disputes.some((dispute) => dispute.charge === charge.id && dispute.status !== 'won');
}

export function openDispute(world: World, charge: Charge): Dispute {
  if (!charge.paid || charge.disputed) {
    throw invalidRequest({ message: `Charge ${charge.id} cannot be disputed.`, param: 'charge' });
  }
  const row: Dispute = {
    id: world.ids.next('dp_'),
    object: 'dispute',
    amount: charge.amount,
    balance_transactions: [],
    charge: charge.id,
    created: world.seconds(),
    currency: charge.currency,
    enhanced_eligibility_types: [],
    evidence: {},
    evidence_details: { due_by: null, has_evidence: false, past_due: false, submission_count: 0 },
    is_charge_refundable: false,
    livemode: false,
    metadata: {},
    payment_intent: charge.payment_intent,
    reason: 'fraudulent',
    status: 'needs_response',
  };
  change(world, world.store.charges, { id: charge.id, patch: { disputed: true } });
  const dispute = add(world, world.store.disputes, { row, event: 'charge.dispute.created' });
  emit(world, 'charge.dispute.funds_withdrawn', { object: dispute });
  return dispute;
}

export function closeDispute(world: World, dispute: Dispute, status: 'won' | 'lost'): Dispute {
  if (dispute.status !== 'needs_response') {
    throw invalidRequest({ message: `This dispute is closed (status: ${dispute.status}).` });
  }
  const closed = change(world, world.store.disputes, {
    id: dispute.id,
    patch: { status },
    event: 'charge.dispute.closed',
  });
  if (status === 'won') emit(world, 'charge.dispute.funds_reinstated', { object: closed });
  return closed;
}
