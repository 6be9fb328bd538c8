/** Payments by bank transfer: the customer sends funds to a cash balance, which pays the intents that wait for it. */

import { resolveCustomer } from '../customers/customers.ts';
import type { PaymentIntent, PaymentMethod } from '../model/payment.ts';
import { confirmIntent, requireAction } from '../payments/payment-intents.ts';
import type { ApiRequest } from '../protocol/route.ts';
import { missingParameter } from '../protocol/stripe-error.ts';
import { change, emit } from '../world/records.ts';
import type { World } from '../world/world.ts';

/** What an intent that waits for a transfer shows. */
interface Instructions {
  readonly type: 'display_bank_transfer_instructions';
  readonly display_bank_transfer_instructions: {
    readonly amount_remaining: number;
    readonly currency: string;
    readonly financial_addresses: readonly never[];
    readonly hosted_instructions_url: string | null;
    readonly reference: string;
    readonly type: string;
  };
}

const transferTypes: Readonly<Record<string, string>> = {
  eur: 'eu_bank_transfer',
  gbp: 'gb_bank_transfer',
  jpy: 'jp_bank_transfer',
  mxn: 'mx_bank_transfer',
  usd: 'us_bank_transfer',
};

/** Pays the intent from the cash balance of the customer, or asks for a transfer of what is missing. */
export function fundIntent(world: World, intent: PaymentIntent, method: PaymentMethod): void {
  const waiting = requireAction(world, intent, {
    method,
    nextAction: instructionsFor(intent, intent.amount),
  });
  const customer = intent.customer;
  if (customer !== null) applyCash(world, { customer, currency: waiting.currency });
}

function instructionsFor({ id, currency }: PaymentIntent, remaining: number): Instructions {
  return {
    type: 'display_bank_transfer_instructions',
    display_bank_transfer_instructions: {
      amount_remaining: remaining,
      currency,
      financial_addresses: [],
      hosted_instructions_url: null,
      reference: id.slice(-8).toUpperCase(),
      type: transferTypes[currency] ?? 'us_bank_transfer',
    },
  };
}

export function fundOperation(world: World, { id, params }: ApiRequest): object {
  const customer = resolveCustomer(world, id).id;
  const amount = params.integer('amount');
  if (amount === undefined) throw missingParameter('amount');
  const currency = params.required('currency');
  const cash = cashOf(world, customer);
  const available = { ...cash.available, [currency]: (cash.available[currency] ?? 0) + amount };
  world.store.cashBalances.put({ ...cash, available });
  const transaction = {
    id: world.ids.next('ccsbtxn_'),
    object: 'customer_cash_balance_transaction',
    created: world.seconds(),
    currency,
    customer,
    customer_account: null,
    ending_balance: available[currency],
    funded: {
      bank_transfer: { reference: params.string('reference') ?? null, type: transferTypes[currency] },
    },
    livemode: false,
    net_amount: amount,
    type: 'funded',
  };
  emit(world, 'customer_cash_balance_transaction.created', { object: transaction });
  applyCash(world, { customer, currency });
  if ((cashOf(world, customer).available[currency] ?? 0) > 0)
    emit(world, 'cash_balance.funds_available', { object: cashBalance(world, customer) });
  return transaction;
}

export function cashBalance(world: World, customer: string): object {
  const { available } = cashOf(world, customer);
  return {
    object: 'cash_balance',
    available: Object.keys(available).length === 0 ? null : available,
    customer,
    customer_account: null,
    livemode: false,
    settings: { reconciliation_mode: 'automatic', using_merchant_default: true },
  };
}

function cashOf(world: World, customer: string) {
  return world.store.cashBalances.get(customer) ?? { id: customer, available: {} };
}

/** Pays the intents of the customer that wait for a transfer, the oldest first. */
function applyCash(world: World, { customer, currency }: { customer: string; currency: string }): void {
  const waiting = world.store.paymentIntents
    .oldestFirst()
    .filter(
      (row) => row.customer === customer && row.currency === currency && remainingOf(row) !== undefined,
    );
  for (const intent of waiting) {
    const cash = cashOf(world, customer);
    const remaining = remainingOf(intent) ?? 0;
    const applied = Math.min(remaining, cash.available[currency] ?? 0);
    if (applied === 0) return;
    const available = { ...cash.available, [currency]: (cash.available[currency] ?? 0) - applied };
    world.store.cashBalances.put({ ...cash, available });
    if (applied === remaining) payByTransfer(world, intent);
    else fundPartly(world, intent, remaining - applied);
  }
}

function remainingOf({ status, next_action: action }: PaymentIntent): number | undefined {
  if (status !== 'requires_action' || typeof action !== 'object' || action === null) return undefined;
  const { display_bank_transfer_instructions: shown } = action as Partial<Instructions>;
  return shown?.amount_remaining;
}

function payByTransfer(world: World, intent: PaymentIntent): void {
  const method = world.store.paymentMethods.get(intent.payment_method ?? '');
  if (method !== undefined) confirmIntent(world, intent, { method });
}

function fundPartly(world: World, intent: PaymentIntent, remaining: number): void {
  change(world, world.store.paymentIntents, {
    id: intent.id,
    patch: { next_action: instructionsFor(intent, remaining) },
    event: 'payment_intent.partially_funded',
  });
}
