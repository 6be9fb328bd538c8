/** Answers and settles disputes: evidence, its outcome, and the funds that are returned. */
import { recordTransaction } from '../balance/balance-transactions.ts';
import {
  closedDisputeStatuses,
  type Dispute,
  type DisputeStatus,
  evidenceFields,
  openDisputeStatuses,
} from '../model/reversal.ts';
import { scheduleEffect } from '../payments/later-effects.ts';
import { checkLength } from '../protocol/limited-text.ts';
import { mergeMetadata } from '../protocol/metadata.ts';
import type { Params } from '../protocol/params.ts';
import type { ApiRequest } from '../protocol/route.ts';
import { invalidRequest, notFound } from '../protocol/stripe-error.ts';
import { change, emit } from '../world/records.ts';
import type { World } from '../world/world.ts';
import { withdraw, withdraws } from './dispute-opening.ts';

/** The texts in `evidence[uncategorized_text]` that decide a test dispute. */
const outcomes = {
  winning_evidence: { dispute: 'won', inquiry: 'warning_closed' },
  losing_evidence: { dispute: 'lost', inquiry: 'needs_response' },
  escalate_inquiry_evidence: { dispute: 'lost', inquiry: 'needs_response' },
} as const satisfies Readonly<Record<string, { dispute: DisputeStatus; inquiry: DisputeStatus }>>;

/** The bank decides a test dispute within seconds. */
const DECISION_SECONDS = 2;
const MAX_EVIDENCE_LENGTH = 20_000;

export function getDispute(world: World, id: string): Dispute {
  const dispute = world.store.disputes.get(id);
  if (dispute === undefined) throw notFound('dispute', id);
  return dispute;
}

/** Stores evidence, and submits it unless `submit` is false. */
export function updateDispute(world: World, { id, params }: ApiRequest): Dispute {
  const dispute = getDispute(world, id);
  const given = params.object('evidence');
  const submits = given !== undefined && params.boolean('submit') !== false;
  if (given !== undefined) checkOpen(dispute);
  const evidence = given === undefined ? dispute.evidence : evidenceAfter(dispute, given);
  const details = dispute.evidence_details;
  const updated = change(world, world.store.disputes, {
    id,
    patch: {
      metadata: mergeMetadata(dispute.metadata, params),
      evidence,
      evidence_details: {
        ...details,
        has_evidence: Object.values(evidence).some((value) => typeof value === 'string'),
        submission_count: details.submission_count + (submits ? 1 : 0),
      },
      ...(submits ? { status: reviewOf(dispute) } : {}),
    },
    event: 'charge.dispute.updated',
  });
  if (submits) {
    const { customer = null } = world.store.charges.get(dispute.charge) ?? {};
    scheduleEffect(world, { effect: 'close_dispute', subject: id, customer, after: DECISION_SECONDS });
  }
  return updated;
}

function reviewOf({ status }: Dispute): DisputeStatus {
  return withdraws(status) ? 'under_review' : 'warning_under_review';
}

function evidenceAfter(dispute: Dispute, given: Params): Dispute['evidence'] {
  const evidence = { ...dispute.evidence };
  for (const name of evidenceFields) {
    checkLength(given, name, MAX_EVIDENCE_LENGTH);
    const value = given.nullable(name);
    if (value !== undefined) evidence[name] = value;
  }
  return evidence;
}

/** The bank decides on the evidence. Without a text that decides a test dispute, it stays under review. */
export function decideDispute(world: World, id: string): void {
  const dispute = world.store.disputes.get(id);
  const text = dispute?.evidence.uncategorized_text ?? '';
  if (dispute === undefined || !isOpen(dispute) || !Object.hasOwn(outcomes, text)) return;
  const outcome = outcomes[text as keyof typeof outcomes];
  settleDispute(world, dispute, withdraws(dispute.status) ? outcome.dispute : outcome.inquiry);
}

/** The business accepts the dispute. */
export function closeDispute(world: World, { id }: ApiRequest): Dispute {
  const dispute = getDispute(world, id);
  return settleDispute(world, dispute, withdraws(dispute.status) ? 'lost' : 'warning_closed');
}

function isOpen({ status }: Dispute): boolean {
  const open: readonly DisputeStatus[] = openDisputeStatuses;
  return open.includes(status);
}

function checkOpen(dispute: Dispute): void {
  if (isOpen(dispute)) return;
  throw invalidRequest({ message: `This dispute is closed (status: ${dispute.status}).` });
}

/** Moves an open dispute to another status. An inquiry that becomes a dispute withdraws the funds. */
export function settleDispute(world: World, dispute: Dispute, status: DisputeStatus): Dispute {
  checkOpen(dispute);
  const closed: readonly DisputeStatus[] = closedDisputeStatuses;
  const isClosed = closed.includes(status);
  const escalates = !withdraws(dispute.status) && withdraws(status) && !isClosed;
  const charge = { id: dispute.charge, currency: dispute.currency };
  const moved = escalates
    ? [withdraw(world, charge, dispute)]
    : status === 'won'
      ? [reinstate(world, dispute)]
      : [];
  const settled = change(world, world.store.disputes, {
    id: dispute.id,
    patch: {
      status,
      is_charge_refundable: !withdraws(status),
      balance_transactions: [...dispute.balance_transactions, ...moved],
    },
    event: isClosed ? 'charge.dispute.closed' : 'charge.dispute.updated',
  });
  if (escalates) emit(world, 'charge.dispute.funds_withdrawn', { object: settled });
  if (status === 'won') emit(world, 'charge.dispute.funds_reinstated', { object: settled });
  return settled;
}

function reinstate(world: World, { id, amount, charge, currency }: Dispute) {
  return recordTransaction(world, {
    type: 'adjustment',
    amount,
    currency,
    source: id,
    description: `Chargeback reversal for ${charge}`,
  });
}
