/** Refunds and disputes: their records, the fields of the charge and the events. */

import type { Metadata } from '../model/common.ts';
import type { Charge } from '../model/payment.ts';
import {
  closedDisputeStatuses,
  type Dispute,
  type DisputeStatus,
  openDisputeStatuses,
  type Refund,
} from '../model/reversal.ts';
import { invalidRequest } from '../protocol/stripe-error.ts';
import { add, change, emit } from '../world/records.ts';
import type { World } from '../world/world.ts';
import { refundStart } from './test-cards.ts';

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
    status: refundStart(last4Of(world, charge)),
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

function last4Of(world: World, { payment_method: method }: Charge): string {
  return world.store.paymentMethods.get(method)?.card.last4 ?? '';
}

/** Moves a refund to another status, as Stripe does some time after it was requested. */
export function settleRefund(world: World, refund: Refund, status: Refund['status']): Refund {
  const [wasRefunded, isRefunded] = [refund.status, status].map(
    (one) => one !== 'failed' && one !== 'canceled',
  );
  if (!wasRefunded && isRefunded) {
    throw invalidRequest({ message: `The refund ${refund.id} is ${refund.status}.` });
  }
  const failed = status === 'failed' || status === 'canceled';
  const settled = change(world, world.store.refunds, {
    id: refund.id,
    patch: {
      status,
      ...(failed ? { failure_reason: status === 'failed' ? 'unknown' : 'merchant_request' } : {}),
    },
    event: 'refund.updated',
  });
  const charge = world.store.charges.get(refund.charge);
  if (failed && wasRefunded && charge !== undefined) {
    const amount_refunded = charge.amount_refunded - refund.amount;
    change(world, world.store.charges, { id: charge.id, patch: { amount_refunded, refunded: false } });
    if (status === 'failed') emit(world, 'refund.failed', { object: settled });
  }
  emit(world, 'charge.refund.updated', { object: settled });
  return settled;
}

/** A dispute that was won returns the payment, and the charge can be refunded again. */
function isDisputed(world: World, charge: Charge): boolean {
  const disputes = world.store.disputes.oldestFirst();
  return disputes.some(({ charge: disputed, status }) => {
    return disputed === charge.id && withdraws(status) && status !== 'won' && status !== 'prevented';
  });
}

/** An inquiry withdraws no funds. */
function withdraws(status: DisputeStatus): boolean {
  return !status.startsWith('warning_');
}

export interface DisputeInput {
  /** Default: the whole charge. */
  readonly amount?: number | undefined;
  readonly status?: DisputeStatus | undefined;
}

export function openDispute(
  world: World,
  charge: Charge,
  { amount = charge.amount, status = 'needs_response' }: DisputeInput = {},
): Dispute {
  if (!charge.paid || charge.disputed) {
    throw invalidRequest({ message: `Charge ${charge.id} cannot be disputed.`, param: 'charge' });
  }
  const row: Dispute = {
    id: world.ids.next('dp_'),
    object: 'dispute',
    amount,
    balance_transactions: [],
    charge: charge.id,
    created: world.seconds(),
    currency: charge.currency,
    enhanced_eligibility_types: [],
    evidence: {},
    evidence_details: { due_by: null, has_evidence: false, past_due: false, submission_count: 0 },
    is_charge_refundable: !withdraws(status),
    livemode: false,
    metadata: {},
    payment_intent: charge.payment_intent,
    reason: 'fraudulent',
    status,
  };
  change(world, world.store.charges, { id: charge.id, patch: { disputed: true } });
  const dispute = add(world, world.store.disputes, { row, event: 'charge.dispute.created' });
  if (withdraws(status)) emit(world, 'charge.dispute.funds_withdrawn', { object: dispute });
  return dispute;
}

/** Moves an open dispute to another status. An inquiry that becomes a dispute withdraws the funds. */
export function settleDispute(world: World, dispute: Dispute, status: DisputeStatus): Dispute {
  const open: readonly DisputeStatus[] = openDisputeStatuses;
  if (!open.includes(dispute.status)) {
    throw invalidRequest({ message: `This dispute is closed (status: ${dispute.status}).` });
  }
  const closed: readonly DisputeStatus[] = closedDisputeStatuses;
  const settled = change(world, world.store.disputes, {
    id: dispute.id,
    patch: { status, is_charge_refundable: !withdraws(status) },
    event: closed.includes(status) ? 'charge.dispute.closed' : 'charge.dispute.updated',
  });
  if (!withdraws(dispute.status) && withdraws(status) && !closed.includes(status))
    emit(world, 'charge.dispute.funds_withdrawn', { object: settled });
  if (status === 'won') emit(world, 'charge.dispute.funds_reinstated', { object: settled });
  return settled;
}
