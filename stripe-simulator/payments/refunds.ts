/** Refunds: their records, the fields of the charge, the balance and the events. */

import { recordTransaction } from '../balance/balance-transactions.ts';
import { withdraws } from '../disputes/dispute-opening.ts';
import type { Metadata } from '../model/common.ts';
import type { Charge, PaymentMethod } from '../model/payment.ts';
import type { Refund } from '../model/reversal.ts';
import { mergeMetadata } from '../protocol/metadata.ts';
import type { Params } from '../protocol/params.ts';
import { invalidRequest } from '../protocol/stripe-error.ts';
import { add, change, emit } from '../world/records.ts';
import type { World } from '../world/world.ts';
import { scheduleEffect } from './later-effects.ts';
import { cardEndingIn } from './test-cards.ts';

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
  return storeRefund(world, charge, { ...input, amount });
}

function storeRefund(world: World, charge: Charge, input: RefundInput & { readonly amount: number }): Refund {
  const { amount } = input;
  const id = world.ids.next('re_');
  const method = world.store.paymentMethods.get(charge.payment_method);
  const course = cardEndingIn(method?.card?.last4)?.refund;
  // A debit of a bank account is refunded by a transfer, which takes some days.
  const isPending = course === 'pending' || (method !== undefined && method.card === undefined);
  const row: Refund = {
    id,
    object: 'refund',
    amount,
    balance_transaction: recordTransaction(world, {
      type: 'refund',
      amount: -amount,
      currency: charge.currency,
      source: id,
      description: `REFUND FOR CHARGE (${charge.description ?? charge.id})`,
    }).id,
    charge: charge.id,
    created: world.seconds(),
    currency: charge.currency,
    customer: charge.customer,
    customer_account: null,
    destination_details: destinationOf(method),
    metadata: input.metadata,
    payment_intent: charge.payment_intent,
    payment_method: charge.payment_method,
    ...(isPending ? { pending_reason: 'processing' as const } : {}),
    reason: input.reason,
    receipt_number: null,
    source_transfer_reversal: null,
    status: isPending ? 'pending' : 'succeeded',
    transfer_reversal: null,
  };
  const refund = add(world, world.store.refunds, { row, event: 'refund.created' });
  const refunded = charge.amount_refunded + amount;
  change(world, world.store.charges, {
    id: charge.id,
    patch: { amount_refunded: refunded, refunded: refunded === charge.amount_captured },
    event: 'charge.refunded',
  });
  if (isPending || course === 'fails')
    scheduleEffect(world, {
      effect: 'settle_refund',
      subject: id,
      customer: charge.customer,
      after: SETTLEMENT_SECONDS,
    });
  return refund;
}

/** A pending test refund settles, and one that fails does so, after a while. */
const SETTLEMENT_SECONDS = 5 * 60;

/** Ends what a test card has asked for: a pending refund succeeds, and one that succeeded fails. */
export function finishRefund(world: World, id: string): void {
  const refund = world.store.refunds.get(id);
  if (refund?.status === 'pending') settleRefund(world, refund, 'succeeded');
  else if (refund?.status === 'succeeded') settleRefund(world, refund, 'failed');
}

function destinationOf(method: PaymentMethod | undefined): object {
  if (method?.sepa_debit !== undefined)
    return { type: 'sepa_bank_transfer', sepa_bank_transfer: { reference: null, reference_status: null } };
  if (method?.us_bank_account !== undefined)
    return { type: 'us_bank_transfer', us_bank_transfer: { reference: null, reference_status: null } };
  return {
    type: 'card',
    card: {
      reference: '123456789012',
      reference_status: 'available',
      reference_type: 'acquirer_reference_number',
      type: 'refund',
    },
  };
}

/** Changes the metadata of a refund, which is all that can be changed. */
export function updateRefund(world: World, { id, metadata }: Refund, params: Params): Refund {
  const patch = { metadata: mergeMetadata(metadata, params) };
  const updated = change(world, world.store.refunds, { id, patch, event: 'refund.updated' });
  emit(world, 'charge.refund.updated', { object: updated });
  return updated;
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
    const { amount, currency, id: source } = refund;
    recordTransaction(world, {
      type: 'refund_failure',
      amount,
      currency,
      source,
      description: 'REFUND FAILURE',
    });
    if (status === 'failed') emit(world, 'refund.failed', { object: settled });
  }
  emit(world, 'charge.refund.updated', { object: settled });
  return settled;
}

/** A dispute that was won returns the payment, and the charge can be refunded again. */
function isDisputed(world: World, charge: Charge): boolean {
  return world.store.disputes
    .where('charge', charge.id)
    .some(({ status }) => withdraws(status) && status !== 'won' && status !== 'prevented');
}
