/** Payment intents and their charges. */
import type { Metadata, Opaque } from '../model/common.ts';
import type { Charge, PaymentIntent, PaymentMethod } from '../model/payment.ts';
import { add, change, emit } from '../world/records.ts';
import type { World } from '../world/world.ts';
import { paymentErrorOf } from './payment-methods.ts';
import { type ChargeResult, cardEndingIn, chargeResult, type Decline, genericDecline } from './test-cards.ts';

export interface IntentInput {
  readonly amount: number;
  readonly currency: string;
  readonly customer: string | null;
  readonly description?: string | null;
  readonly metadata?: Metadata;
  readonly shipping?: Opaque;
  /** Whether the payment method is saved for later payments. */
  readonly saves?: boolean;
}

export type PaymentResult =
  | { readonly result: 'paid'; readonly intent: PaymentIntent }
  | { readonly result: 'declined'; readonly intent: PaymentIntent; readonly decline: Decline }
  | { readonly result: 'requires_action'; readonly intent: PaymentIntent; readonly decline: Decline };

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
    payment_method_types: ['card'],
    receipt_email: null,
    setup_future_usage: input.saves === true ? 'off_session' : null,
    shipping: input.shipping ?? null,
    status: 'requires_payment_method',
  };
  return add(world, world.store.paymentIntents, { row, event: 'payment_intent.created' });
}

/**
 * Charges the payment method for the intent. With `authenticated`, the customer is present and completes
 * authentication.
 */
export function confirmIntent(
  world: World,
  intent: PaymentIntent,
  options: { method: PaymentMethod; authenticated?: boolean },
): PaymentResult {
  const { method } = options;
  const result = declinedOnRequest(world) ?? resultOfCharge(world, method, options.authenticated);
  if (result === 'authenticates') {
    const waiting = requireAction(world, intent, method);
    return { result: 'requires_action', intent: waiting, decline: authenticationRequired };
  }
  const decline = typeof result === 'object' ? result : undefined;
  const charge = newCharge(world, { intent, method, decline });
  world.store.charges.put(charge);
  if (decline !== undefined) {
    const failed = change(world, world.store.paymentIntents, {
      id: intent.id,
      patch: {
        ...waitsForMethod,
        latest_charge: charge.id,
        last_payment_error: paymentErrorOf(decline, method),
      },
    });
    emit(world, 'charge.failed', { object: charge });
    emit(world, 'payment_intent.payment_failed', { object: failed });
    return { result: 'declined', intent: failed, decline };
  }
  const paid = change(world, world.store.paymentIntents, {
    id: intent.id,
    patch: {
      amount_received: intent.amount,
      latest_charge: charge.id,
      last_payment_error: null,
      next_action: null,
      payment_method: method.id,
      status: 'succeeded',
    },
  });
  emit(world, 'charge.succeeded', { object: charge });
  emit(world, 'payment_intent.succeeded', { object: paid });
  return { result: 'paid', intent: paid };
}

/** Counts one of the declines that were asked for. */
function declinedOnRequest({ account }: World): Decline | undefined {
  if (account.declinesLeft === 0) return undefined;
  account.declinesLeft -= 1;
  return genericDecline;
}

/** The bank asks the customer to authenticate. */
export function requireAction(world: World, intent: PaymentIntent, method: PaymentMethod): PaymentIntent {
  const waiting = change(world, world.store.paymentIntents, {
    id: intent.id,
    patch: { next_action: { type: 'use_stripe_sdk' }, payment_method: method.id, status: 'requires_action' },
  });
  emit(world, 'payment_intent.requires_action', { object: waiting });
  return waiting;
}

const waitsForMethod = {
  next_action: null,
  payment_method: null,
  status: 'requires_payment_method',
} as const;

const authenticationFailed: Decline = {
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

/** Returns the result of charging a payment method, whose authentication may be remembered. */
export function resultOfCharge(world: World, method: PaymentMethod, authenticated = false): ChargeResult {
  const { last4 } = method.card;
  const result = chargeResult(last4, authenticated);
  const remembers = cardEndingIn(last4)?.remembersAuthentication === true;
  return result === 'authenticates' && remembers && wasAuthenticated(world, method) ? 'succeeds' : result;
}

function wasAuthenticated({ store }: World, { id }: PaymentMethod): boolean {
  return (
    store.setupIntents.oldestFirst().some((row) => row.payment_method === id && row.status === 'succeeded') ||
    store.charges.oldestFirst().some((row) => row.payment_method === id && row.paid)
  );
}

/** What a charge takes from its payment intent. One made without an intent has none of its own. */
type ChargedIntent = Pick<PaymentIntent, 'amount' | 'currency' | 'customer' | 'description' | 'metadata'> & {
  readonly id: string | null;
};

/** Charges without a payment intent, as the older API does and as imported invoices are paid. */
export function chargeDirectly(
  world: World,
  input: IntentInput & { readonly method: PaymentMethod },
): Charge {
  const { amount, currency, customer, method } = input;
  const intent = { id: null, amount, currency, customer, description: null, metadata: {} };
  const row = newCharge(world, { intent, method, decline: undefined });
  return add(world, world.store.charges, { row, event: 'charge.succeeded' });
}

function newCharge(
  world: World,
  facts: { intent: ChargedIntent; method: PaymentMethod; decline: Decline | undefined },
): Charge {
  const { intent, method, decline } = facts;
  const { brand, country, exp_month, exp_year, fingerprint, funding, last4 } = method.card;
  return {
    id: world.ids.next('ch_'),
    object: 'charge',
    amount: intent.amount,
    amount_captured: decline === undefined ? intent.amount : 0,
    amount_refunded: 0,
    billing_details: method.billing_details,
    captured: decline === undefined,
    created: world.seconds(),
    currency: intent.currency,
    customer: intent.customer,
    description: intent.description,
    disputed: false,
    failure_code: decline?.code ?? null,
    failure_message: decline?.message ?? null,
    livemode: false,
    metadata: intent.metadata,
    outcome:
      decline === undefined
        ? { network_status: 'approved_by_network', reason: null, type: 'authorized' }
        : {
            network_status: 'declined_by_network',
            reason: decline.declineCode ?? null,
            type: 'issuer_declined',
          },
    paid: decline === undefined,
    payment_intent: intent.id,
    payment_method: method.id,
    payment_method_details: {
      card: { brand, country, exp_month, exp_year, fingerprint, funding, last4 },
      type: 'card',
    },
    receipt_url: null,
    refunded: false,
    status: decline === undefined ? 'succeeded' : 'failed',
  };
}
