/** Opens disputes: the record, the funds that a chargeback withdraws, and the events. */
import { recordTransaction } from '../balance/balance-transactions.ts';
import type { BalanceTransaction } from '../model/funds.ts';
import type { Charge } from '../model/payment.ts';
import { type Dispute, type DisputeEvidence, type DisputeStatus, evidenceFields } from '../model/reversal.ts';
import { invalidRequest } from '../protocol/stripe-error.ts';
import { add, change, emit } from '../world/records.ts';
import type { World } from '../world/world.ts';

export interface DisputeInput {
  /** Default: the whole charge. */
  readonly amount?: number | undefined;
  readonly status?: DisputeStatus | undefined;
  readonly reason?: string | undefined;
}

/** The business has a week to answer a test dispute. */
const ANSWER_SECONDS = 7 * 24 * 3600;
const DISPUTE_FEE = 1500;

/** An inquiry withdraws no funds. */
export function withdraws(status: DisputeStatus): boolean {
  return !status.startsWith('warning_');
}

export function openDispute(world: World, charge: Charge, input: DisputeInput = {}): Dispute {
  const { amount = charge.amount, status = 'needs_response', reason = 'fraudulent' } = input;
  if (!charge.paid || charge.disputed) {
    throw invalidRequest({ message: `Charge ${charge.id} cannot be disputed.`, param: 'charge' });
  }
  const id = world.ids.next('dp_');
  const row: Dispute = {
    id,
    object: 'dispute',
    amount,
    balance_transactions: withdraws(status) ? [withdraw(world, charge, { id, amount })] : [],
    charge: charge.id,
    created: world.seconds(),
    currency: charge.currency,
    enhanced_eligibility_types: [],
    evidence: noEvidence(),
    evidence_details: {
      due_by: world.seconds() + ANSWER_SECONDS,
      enhanced_eligibility: {},
      has_evidence: false,
      past_due: false,
      submission_count: 0,
      submission_method: 'manual',
    },
    intended_submission_method: null,
    is_charge_refundable: !withdraws(status),
    livemode: false,
    metadata: {},
    network_reason_code: withdraws(status) ? '10.4' : '10',
    payment_intent: charge.payment_intent,
    payment_method_details: methodOf(world, charge, status),
    reason,
    status,
  };
  change(world, world.store.charges, { id: charge.id, patch: { disputed: true } });
  const dispute = add(world, world.store.disputes, { row, event: 'charge.dispute.created' });
  if (withdraws(status)) emit(world, 'charge.dispute.funds_withdrawn', { object: dispute });
  return dispute;
}

/** Withdraws the disputed amount and the fee of the dispute. */
export function withdraw(
  world: World,
  charge: Pick<Charge, 'currency' | 'id'>,
  { id, amount }: Pick<Dispute, 'amount' | 'id'>,
): BalanceTransaction {
  return recordTransaction(world, {
    type: 'adjustment',
    amount: -amount,
    currency: charge.currency,
    source: id,
    description: `Chargeback withdrawal for ${charge.id}`,
    fee: DISPUTE_FEE,
  });
}

function noEvidence(): DisputeEvidence {
  const fields = Object.fromEntries(evidenceFields.map((name) => [name, null]));
  return { ...fields, enhanced_evidence: {} } as DisputeEvidence;
}

function methodOf(world: World, charge: Charge, status: DisputeStatus): object {
  const method = world.store.paymentMethods.get(charge.payment_method);
  if (method?.card === undefined) return { type: method?.type ?? 'card' };
  const caseType = withdraws(status) ? 'chargeback' : 'inquiry';
  const code = withdraws(status) ? '10.4' : '10';
  return {
    type: 'card',
    card: {
      brand: method.card.brand,
      case_type: caseType,
      network: method.card.brand,
      network_reason_code: code,
    },
  };
}
