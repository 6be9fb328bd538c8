/** Settles debits of bank accounts: the bank has reported their result. */
import type { Charge, PaymentIntent, PaymentMethod } from '../model/payment.ts';
import { change, emit } from '../world/records.ts';
import type { World } from '../world/world.ts';
import type { Decline } from './card-kinds.ts';
import { disputeIfAsked, withFunds } from './charges.ts';
import { type PaymentResult, waitsForMethod } from './payment-intents.ts';
import { paymentErrorOf } from './payment-methods.ts';
import { debitCourse } from './test-accounts.ts';

interface Debit {
  readonly intent: PaymentIntent;
  readonly charge: Charge;
  readonly method: PaymentMethod;
}

/** Returns undefined if the intent no longer waits for its bank. */
export function settleDebit(world: World, id: string): PaymentResult | undefined {
  const { store } = world;
  const intent = store.paymentIntents.get(id);
  const charge = store.charges.get(intent?.latest_charge ?? '');
  const method = store.paymentMethods.get(charge?.payment_method ?? '');
  if (intent?.status !== 'processing' || charge === undefined || method === undefined) return undefined;
  const account = method.sepa_debit ?? method.us_bank_account;
  const result = debitCourse(account?.fingerprint ?? '').result;
  const debit = { intent, charge, method };
  return typeof result === 'object' ? failDebit(world, debit, result) : completeDebit(world, debit);
}

function completeDebit(world: World, { intent, charge }: Debit): PaymentResult {
  const arrived = change(world, world.store.charges, {
    id: charge.id,
    patch: { paid: true, status: 'succeeded' },
  });
  const funded = withFunds(world, arrived);
  const paid = change(world, world.store.paymentIntents, {
    id: intent.id,
    patch: { amount_received: intent.amount, status: 'succeeded' },
  });
  emit(world, 'charge.succeeded', { object: funded });
  emit(world, 'payment_intent.succeeded', { object: paid });
  disputeIfAsked(world, funded);
  return { result: 'paid', intent: paid };
}

function failDebit(world: World, { intent, charge, method }: Debit, decline: Decline): PaymentResult {
  const failedCharge = change(world, world.store.charges, {
    id: charge.id,
    patch: {
      amount_captured: 0,
      captured: false,
      failure_code: decline.code,
      failure_message: decline.message,
      status: 'failed',
    },
  });
  const failed = change(world, world.store.paymentIntents, {
    id: intent.id,
    patch: { ...waitsForMethod, last_payment_error: paymentErrorOf(decline, method, charge.id) },
  });
  emit(world, 'charge.failed', { object: failedCharge });
  emit(world, 'payment_intent.payment_failed', { object: failed });
  return { result: 'declined', intent: failed, decline, charge: failedCharge };
}
