/** Captures, increments and cancels payment intents. */
import type { Charge, IntentStatus, PaymentIntent } from '../model/payment.ts';
import { disputeIfAsked, withFunds } from '../payments/charges.ts';
import { dropEffects } from '../payments/later-effects.ts';
import { mergeMetadata } from '../protocol/metadata.ts';
import type { ApiRequest } from '../protocol/route.ts';
import { invalidRequest, missingParameter } from '../protocol/stripe-error.ts';
import { change, emit } from '../world/records.ts';
import type { World } from '../world/world.ts';
import { unexpectedState } from './intent-confirm.ts';
import { getIntent } from './intent-lookup.ts';

export function captureOperation(world: World, request: ApiRequest): PaymentIntent {
  const { params, id } = request;
  const intent = getIntent(world, id);
  const charge = heldCharge(world, request, intent);
  const amount = params.integer('amount_to_capture') ?? intent.amount_capturable;
  if (amount < 1 || amount > intent.amount_capturable) {
    throw invalidRequest({
      message: `The amount to capture (${amount}) must be at least 1 and at most the amount that can be captured (${intent.amount_capturable}).`,
      code: 'amount_too_large',
      param: 'amount_to_capture',
    });
  }
  dropEffects(world, id);
  const captured = change(world, world.store.charges, {
    id: charge.id,
    patch: { amount_captured: amount, captured: true },
  });
  const funded = withFunds(world, captured);
  const succeeded = change(world, world.store.paymentIntents, {
    id,
    patch: {
      amount_capturable: 0,
      amount_received: amount,
      metadata: mergeMetadata(intent.metadata, params),
      status: 'succeeded',
    },
  });
  emit(world, 'charge.captured', { object: funded });
  emit(world, 'payment_intent.succeeded', { object: succeeded });
  disputeIfAsked(world, funded);
  return succeeded;
}

function heldCharge(world: World, request: ApiRequest, intent: PaymentIntent): Charge {
  const charge = world.store.charges.get(intent.latest_charge ?? '');
  if (intent.status === 'requires_capture' && charge !== undefined) return charge;
  throw unexpectedState(
    request,
    { world, intent },
    `This PaymentIntent could not be captured because it has a status of ${intent.status}. Only a PaymentIntent with one of the following statuses may be captured: requires_capture.`,
  );
}

/** Authorizes a larger amount. Stripe permits it for some cards only; the test cards permit it all. */
export function incrementOperation(world: World, request: ApiRequest): PaymentIntent {
  const { params, id } = request;
  const intent = getIntent(world, id);
  const charge = heldCharge(world, request, intent);
  const amount = params.integer('amount');
  if (amount === undefined) throw missingParameter('amount');
  if (amount <= intent.amount) {
    const message = `The amount must be greater than the authorized amount of ${intent.amount}.`;
    throw invalidRequest({ message, param: 'amount' });
  }
  change(world, world.store.charges, { id: charge.id, patch: { amount } });
  return change(world, world.store.paymentIntents, {
    id,
    patch: {
      amount,
      amount_capturable: amount,
      description: params.string('description') ?? intent.description,
      metadata: mergeMetadata(intent.metadata, params),
    },
    event: 'payment_intent.amount_capturable_updated',
  });
}

const cancelable: readonly IntentStatus[] = [
  'requires_payment_method',
  'requires_capture',
  'requires_confirmation',
  'requires_action',
  'processing',
];
const reasons = ['abandoned', 'duplicate', 'fraudulent', 'requested_by_customer'] as const;

export function cancelOperation(world: World, request: ApiRequest): PaymentIntent {
  const { params, id } = request;
  const intent = getIntent(world, id);
  if (!cancelable.includes(intent.status)) {
    throw unexpectedState(
      request,
      { world, intent },
      `You cannot cancel this PaymentIntent because it has a status of ${intent.status}. Only a PaymentIntent with one of the following statuses may be canceled: ${cancelable.join(', ')}.`,
    );
  }
  rejectOwned(world, id);
  return cancelIntent(world, intent, params.oneOf('cancellation_reason', reasons) ?? null);
}

/** The payment of an invoice, or of a Checkout session, ends with that. */
function rejectOwned(world: World, id: string): void {
  const payment = world.store.invoicePayments.where('intent', id).find(({ status }) => status === 'open');
  if (payment !== undefined) {
    throw invalidRequest({
      message: `You cannot cancel this PaymentIntent because it pays the invoice ${payment.invoice}. Void the invoice instead.`,
    });
  }
  const session = world.store.checkoutSessions.where('intent', id).find(({ status }) => status === 'open');
  if (session === undefined) return;
  throw invalidRequest({
    message: `You cannot cancel this PaymentIntent because it was created by the Checkout Session ${session.id}. Expire the session instead.`,
  });
}

/** Cancels the intent, and returns an authorized amount to the customer. */
export function cancelIntent(world: World, intent: PaymentIntent, reason: string | null): PaymentIntent {
  const { id } = intent;
  dropEffects(world, id);
  const charge = world.store.charges.get(intent.latest_charge ?? '');
  if (intent.status === 'requires_capture' && charge !== undefined) releaseHold(world, charge);
  return change(world, world.store.paymentIntents, {
    id,
    patch: {
      amount_capturable: 0,
      canceled_at: world.seconds(),
      cancellation_reason: reason,
      next_action: null,
      status: 'canceled',
    },
    event: 'payment_intent.canceled',
  });
}

function releaseHold(world: World, charge: Charge): void {
  change(world, world.store.charges, {
    id: charge.id,
    patch: { amount_refunded: charge.amount, refunded: true },
    event: 'charge.refunded',
  });
}

/** The amount was not captured in time. */
export function expireAuthorization(world: World, id: string): void {
  const intent = world.store.paymentIntents.get(id);
  if (intent?.status === 'requires_capture') cancelIntent(world, intent, 'automatic');
}
