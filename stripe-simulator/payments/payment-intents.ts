/** Payment intents: how they are created, and what an attempt to pay does to them. */
import type { Metadata, Opaque } from '../model/common.ts';
import type { Charge, PaymentIntent, PaymentMethod } from '../model/payment.ts';
import { add, change, emit } from '../world/records.ts';
import type { World } from '../world/world.ts';
import type { Decline } from './card-kinds.ts';
import { isDecline, resultOfCharge } from './charge-results.ts';
import { disputeIfAsked, startCharge } from './charges.ts';
import { scheduleEffect } from './later-effects.ts';
import { askForAuthentication } from './next-actions.ts';
import { paymentErrorOf } from './payment-methods.ts';
import { genericDecline } from './test-cards.ts';

export interface IntentInput {
  readonly amount: number;
  readonly currency: string;
  readonly customer: string | null;
  readonly description?: string | null;
  readonly metadata?: Metadata;
  readonly shipping?: Opaque;
  /** Whether the payment method is saved for later payments. */
  readonly saves?: boolean;
  /** What a request sets beyond these. */
  readonly details?: Partial<PaymentIntent>;
}

interface Failed {
  readonly intent: PaymentIntent;
  readonly decline: Decline;
  readonly charge?: Charge;
}

export type PaymentResult =
  | { readonly result: 'paid' | 'processing' | 'held'; readonly intent: PaymentIntent }
  | ({ readonly result: 'declined' | 'requires_action' } & Failed);

export const authenticationRequired: Decline = {
  code: 'authentication_required',
  declineCode: 'authentication_required',
  message: 'Your card was declined. This transaction requires authentication.',
};

export function createIntent(world: World, input: IntentInput): PaymentIntent {
  const id = world.ids.next('pi_');
  const row: PaymentIntent = {
    id,
    object: 'payment_intent',
    amount: input.amount,
    amount_capturable: 0,
    amount_received: 0,
    automatic_payment_methods: null,
    canceled_at: null,
    cancellation_reason: null,
    capture_method: 'automatic',
    client_secret: `${id}_secret_${world.ids.next('').slice(0, 24)}`,
    confirmation_method: 'automatic',
    created: world.seconds(),
    currency: input.currency,
    customer: input.customer,
    customer_account: null,
    description: input.description ?? null,
    last_payment_error: null,
    latest_charge: null,
    livemode: false,
    metadata: input.metadata ?? {},
    next_action: null,
    payment_method: null,
    payment_method_options: null,
    payment_method_types: ['card'],
    receipt_email: null,
    setup_future_usage: input.saves === true ? 'off_session' : null,
    shipping: input.shipping ?? null,
    statement_descriptor: null,
    statement_descriptor_suffix: null,
    status: 'requires_payment_method',
    transfer_group: null,
    ...input.details,
  };
  return add(world, world.store.paymentIntents, { row, event: 'payment_intent.created' });
}

export interface ConfirmOptions {
  readonly method: PaymentMethod;
  /** The customer is present and completes the authentication. */
  readonly authenticated?: boolean;
  /** The customer is not present, so that a payment that needs authentication is declined. */
  readonly offSession?: boolean;
  /** Where the bank sends the customer. Without it, Stripe's script shows the bank's question. */
  readonly returnUrl?: string | null;
}

/** Charges the payment method for the intent. */
export function confirmIntent(world: World, intent: PaymentIntent, options: ConfirmOptions): PaymentResult {
  const { method, authenticated = false } = options;
  const result = declinedOnRequest(world) ?? resultOfCharge(world, method, authenticated);
  if (result === 'authenticates' && options.offSession !== true) {
    const { id, amount, currency } = intent;
    const { returnUrl = null } = options;
    const asked = { intent: id, method: method.id, amount, currency, returnUrl };
    const nextAction = askForAuthentication(world, asked);
    const waiting = requireAction(world, intent, { method, nextAction });
    return { result: 'requires_action', intent: waiting, decline: authenticationRequired };
  }
  if (result === 'authenticates')
    return declineIntent(world, intent, { method, decline: authenticationRequired });
  if (isDecline(result)) return declineIntent(world, intent, { method, decline: result });
  if (typeof result === 'object') return startDebit(world, intent, { method, course: result.course });
  return intent.capture_method === 'manual' ? hold(world, intent, options) : pay(world, intent, options);
}

function pay(
  world: World,
  intent: PaymentIntent,
  { method, authenticated = false }: ConfirmOptions,
): PaymentResult {
  const charge = startCharge(world, { intent, method, authenticated }, 'captured');
  const paid = change(world, world.store.paymentIntents, {
    id: intent.id,
    patch: { ...settledBy(charge, method), amount_received: intent.amount, status: 'succeeded' },
  });
  emit(world, 'charge.succeeded', { object: charge });
  emit(world, 'payment_intent.succeeded', { object: paid });
  disputeIfAsked(world, charge);
  return { result: 'paid', intent: paid };
}

/** Stripe holds an authorized amount for a week. */
const AUTHORIZATION_SECONDS = 7 * 24 * 3600;

/** Authorizes the amount, which a later request captures. */
function hold(
  world: World,
  intent: PaymentIntent,
  { method, authenticated = false }: ConfirmOptions,
): PaymentResult {
  const charge = startCharge(world, { intent, method, authenticated }, 'authorized');
  const held = change(world, world.store.paymentIntents, {
    id: intent.id,
    patch: { ...settledBy(charge, method), amount_capturable: intent.amount, status: 'requires_capture' },
  });
  emit(world, 'charge.succeeded', { object: charge });
  emit(world, 'payment_intent.amount_capturable_updated', { object: held });
  scheduleEffect(world, {
    effect: 'expire_authorization',
    subject: intent.id,
    customer: intent.customer,
    after: AUTHORIZATION_SECONDS,
  });
  return { result: 'held', intent: held };
}

/** The bank reports later whether the debit has succeeded. */
function startDebit(
  world: World,
  intent: PaymentIntent,
  { method, course }: { method: PaymentMethod; course: { result: unknown; seconds: number } },
): PaymentResult {
  const charge = startCharge(world, { intent, method }, 'pending');
  const processing = change(world, world.store.paymentIntents, {
    id: intent.id,
    patch: { ...settledBy(charge, method), status: 'processing' },
  });
  emit(world, 'charge.pending', { object: charge });
  emit(world, 'payment_intent.processing', { object: processing });
  if (course.result !== 'never')
    scheduleEffect(world, {
      effect: 'settle_payment',
      subject: intent.id,
      customer: intent.customer,
      after: course.seconds,
    });
  return { result: 'processing', intent: processing };
}

function settledBy(charge: Charge, method: PaymentMethod): Partial<PaymentIntent> {
  return { latest_charge: charge.id, last_payment_error: null, next_action: null, payment_method: method.id };
}

function declineIntent(
  world: World,
  intent: PaymentIntent,
  { method, decline }: { method: PaymentMethod; decline: Decline },
): PaymentResult {
  const charge = startCharge(world, { intent, method }, decline);
  const failed = change(world, world.store.paymentIntents, {
    id: intent.id,
    patch: {
      ...waitsForMethod,
      latest_charge: charge.id,
      last_payment_error: paymentErrorOf(decline, method, charge.id),
    },
  });
  emit(world, 'charge.failed', { object: charge });
  emit(world, 'payment_intent.payment_failed', { object: failed });
  return { result: 'declined', intent: failed, decline, charge };
}

/** Counts one of the declines that were asked for. */
function declinedOnRequest({ account }: World): Decline | undefined {
  if (account.declinesLeft === 0) return undefined;
  account.declinesLeft -= 1;
  return genericDecline;
}

/** The bank asks the customer to authenticate. */
export function requireAction(
  world: World,
  intent: PaymentIntent,
  { method, nextAction = { type: 'use_stripe_sdk' } }: { method: PaymentMethod; nextAction?: Opaque },
): PaymentIntent {
  const waiting = change(world, world.store.paymentIntents, {
    id: intent.id,
    patch: { next_action: nextAction, payment_method: method.id, status: 'requires_action' },
  });
  emit(world, 'payment_intent.requires_action', { object: waiting });
  return waiting;
}

export const waitsForMethod = {
  next_action: null,
  payment_method: null,
  status: 'requires_payment_method',
} as const;

export const authenticationFailed: Decline = {
  code: 'payment_intent_authentication_failure',
  message:
    'The provided PaymentMethod has failed authentication. You can provide payment_method_data or a new PaymentMethod to attempt to fulfill this PaymentIntent again.',
};

/** The customer did not authenticate. Nothing is charged, and the intent waits for another payment method. */
export function failAuthentication(
  world: World,
  intent: PaymentIntent,
  method: PaymentMethod,
): PaymentIntent {
  const error = { ...paymentErrorOf(authenticationFailed, method), type: 'invalid_request_error' } as const;
  return change(world, world.store.paymentIntents, {
    id: intent.id,
    patch: { ...waitsForMethod, last_payment_error: error },
    event: 'payment_intent.payment_failed',
  });
}
