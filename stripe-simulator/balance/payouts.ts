/** Payouts: what leaves the balance for the bank account of the business. */
import type { Payout } from '../model/funds.ts';
import { dropEffects, scheduleEffect } from '../payments/later-effects.ts';
import { mergeMetadata } from '../protocol/metadata.ts';
import type { ApiRequest } from '../protocol/route.ts';
import { invalidRequest, missingParameter, notFound } from '../protocol/stripe-error.ts';
import { add, change, emit } from '../world/records.ts';
import type { World } from '../world/world.ts';
import { availableIn, recordTransaction } from './balance-transactions.ts';

const arrivalSeconds = { standard: 2 * 24 * 3600, instant: 0 } as const;

export function getPayout(world: World, id: string): Payout {
  const payout = world.store.payouts.get(id);
  if (payout === undefined) throw notFound('payout', id);
  return payout;
}

export function createPayout(world: World, { params }: ApiRequest): Payout {
  const amount = params.integer('amount');
  if (amount === undefined) throw missingParameter('amount');
  const currency = params.required('currency');
  if (amount < 1)
    throw invalidRequest({ message: 'This value must be greater than or equal to 1.', param: 'amount' });
  if (availableIn(world, currency) < amount) {
    throw invalidRequest({
      message:
        'You have insufficient funds in your Stripe account for this transfer. Your card balance is too low. You can use the the /v1/balance endpoint to view your Stripe balance (for more details, see stripe.com/docs/api#balance).',
      code: 'balance_insufficient',
    });
  }
  const method = params.oneOf('method', ['standard', 'instant']) ?? 'standard';
  const id = world.ids.next('po_');
  const description = params.string('description') ?? null;
  const row: Payout = {
    id,
    object: 'payout',
    amount,
    application_fee: null,
    application_fee_amount: null,
    arrival_date: world.seconds() + arrivalSeconds[method],
    automatic: false,
    balance_transaction: recordTransaction(world, {
      type: 'payout',
      amount: -amount,
      currency,
      source: id,
      description,
    }).id,
    created: world.seconds(),
    currency,
    description,
    destination: params.string('destination') ?? 'ba_1SimulatorBankAccount',
    failure_balance_transaction: null,
    failure_code: null,
    failure_message: null,
    livemode: false,
    metadata: mergeMetadata({}, params),
    method,
    original_payout: null,
    payout_method: null,
    reconciliation_status: 'not_applicable',
    reversed_by: null,
    source_type: params.oneOf('source_type', ['bank_account', 'card', 'fpx']) ?? 'card',
    statement_descriptor: params.string('statement_descriptor') ?? null,
    status: 'pending',
    trace_id: null,
    type: 'bank_account',
  };
  const payout = add(world, world.store.payouts, { row, event: 'payout.created' });
  scheduleEffect(world, {
    effect: 'pay_payout',
    subject: id,
    customer: null,
    after: arrivalSeconds[method],
  });
  return payout;
}

export function updatePayout(world: World, { id, params }: ApiRequest): Payout {
  const { metadata } = getPayout(world, id);
  return change(world, world.store.payouts, {
    id,
    patch: { metadata: mergeMetadata(metadata, params) },
    event: 'payout.updated',
  });
}

export function cancelPayout(world: World, { id }: ApiRequest): Payout {
  const payout = getPayout(world, id);
  if (payout.status !== 'pending') {
    throw invalidRequest({ message: `Payouts with a status of ${payout.status} cannot be canceled.` });
  }
  dropEffects(world, id);
  const { amount, currency } = payout;
  const reversal = recordTransaction(world, {
    type: 'payout_failure',
    amount,
    currency,
    source: id,
    description: 'REFUND FOR PAYOUT',
    isAvailable: true,
  });
  return change(world, world.store.payouts, {
    id,
    patch: { status: 'canceled', failure_balance_transaction: reversal.id },
    event: 'payout.canceled',
  });
}

/** The bank has received the payout. */
export function payPayout(world: World, id: string): void {
  if (world.store.payouts.get(id)?.status !== 'pending') return;
  const paid = change(world, world.store.payouts, { id, patch: { status: 'paid' }, event: 'payout.updated' });
  emit(world, 'payout.paid', { object: paid });
}
