/** Confirms payment intents: charges the payment method, and applies the result to what the intent pays. */

import { applyToInvoice } from '../invoices/invoice-settlement.ts';
import type { IntentStatus, PaymentIntent, PaymentMethod } from '../model/payment.ts';
import { hasAnswered } from '../payments/challenges.ts';
import { askForMicrodeposits } from '../payments/next-actions.ts';
import { confirmIntent, type PaymentResult, requireAction } from '../payments/payment-intents.ts';
import { attachPaymentMethod, cardError } from '../payments/payment-methods.ts';
import { checkUrl } from '../protocol/limited-text.ts';
import type { Params } from '../protocol/params.ts';
import type { ApiRequest } from '../protocol/route.ts';
import { invalidRequest, type StripeError } from '../protocol/stripe-error.ts';
import { render } from '../render/render.ts';
import { change } from '../world/records.ts';
import type { World } from '../world/world.ts';
import { fundIntent } from './bank-transfer.ts';
import { checkSecret, getIntent } from './intent-lookup.ts';
import { methodIn } from './intent-method.ts';
import { checkReturnUrl, simpleFields } from './intent-params.ts';

const confirmable: readonly IntentStatus[] = [
  'requires_payment_method',
  'requires_confirmation',
  'requires_action',
];

export function confirmOperation(world: World, request: ApiRequest): PaymentIntent {
  const { id, params } = request;
  const intent = checkSecret(request, getIntent(world, id));
  if (intent.status === 'succeeded') {
    throw unexpectedState(
      request,
      { world, intent },
      'You cannot confirm this PaymentIntent because it has already succeeded after being previously confirmed.',
    );
  }
  if (!confirmable.includes(intent.status)) {
    throw unexpectedState(
      request,
      { world, intent },
      `You cannot confirm this PaymentIntent because it has a status of ${intent.status}. Only a PaymentIntent with one of the following statuses may be confirmed: requires_confirmation, requires_action.`,
    );
  }
  if (request.isPublishable === true && intent.confirmation_method === 'manual') {
    throw invalidRequest({
      message:
        'Your payment method requires a confirmation on the server: this PaymentIntent has confirmation_method set to manual, so a publishable key cannot confirm it.',
      code: 'payment_intent_unexpected_state',
    });
  }
  const offSession = params.string('off_session');
  checkReturnUrl(intent, params);
  return confirmWith(world, request, {
    intent,
    offSession: offSession !== undefined && offSession !== 'false',
  });
}

/** Charges the intent with the payment method of the request, or with its own. */
export function confirmWith(
  world: World,
  request: ApiRequest,
  { intent, offSession }: { intent: PaymentIntent; offSession: boolean },
): PaymentIntent {
  const { params } = request;
  checkUrl(params, 'return_url');
  const ready = change(world, world.store.paymentIntents, {
    id: intent.id,
    patch: confirmFields(intent, request),
  });
  const method = methodIn(world, params, ready) ?? world.store.paymentMethods.get(ready.payment_method ?? '');
  if (method === undefined) {
    throw unexpectedState(
      request,
      { world, intent },
      "You cannot confirm this PaymentIntent because it's missing a payment method. You can either update the PaymentIntent with a payment method and then confirm it again, or confirm it again directly with a payment method or ConfirmationToken.",
    );
  }
  // An agreement to be debited, which the simulator takes as given.
  params.raw('mandate_data');
  params.raw('mandate');
  const result = charge(world, ready, { method, params, offSession });
  if (result === undefined) return getIntent(world, intent.id);
  applyToInvoice(world, result);
  if (result.result === 'declined') throw declinedError(world, request, { result, method });
  saveMethod(world, result, method);
  return getIntent(world, intent.id);
}

/** What a confirmation sets of the intent. A publishable key may not change what the business has decided. */
function confirmFields(intent: PaymentIntent, { params, isPublishable }: ApiRequest): Partial<PaymentIntent> {
  const { metadata: _kept, ...fields } = simpleFields(intent, params);
  if (isPublishable !== true) return fields;
  const { receipt_email, setup_future_usage, shipping } = fields;
  return {
    ...(receipt_email === undefined ? {} : { receipt_email }),
    ...(setup_future_usage === undefined ? {} : { setup_future_usage }),
    ...(shipping === undefined ? {} : { shipping }),
  };
}

interface Attempt {
  readonly method: PaymentMethod;
  readonly params: Params;
  readonly offSession: boolean;
}

/** Returns undefined if the intent waits for a bank transfer or for the verification of the account. */
function charge(world: World, intent: PaymentIntent, attempt: Attempt): PaymentResult | undefined {
  const { method, params, offSession } = attempt;
  if (method.type === 'customer_balance') {
    fundIntent(world, intent, method);
    return undefined;
  }
  if (needsMicrodeposits(method, params)) {
    requireAction(world, intent, { method, nextAction: askForMicrodeposits(world, intent.id) });
    return undefined;
  }
  const failsOnAction = params.boolean('error_on_requires_action') === true;
  // Stripe's script shows the bank's question itself.
  const inScript = params.boolean('use_stripe_sdk') === true;
  return confirmIntent(world, intent, {
    method,
    authenticated: hasAnswered(world, intent.id, method.id),
    offSession: offSession || failsOnAction,
    returnUrl: inScript ? null : (params.string('return_url') ?? null),
  });
}

/** An account that the customer's bank has not confirmed is verified by micro-deposits, unless the request says otherwise. */
export function needsMicrodeposits(method: PaymentMethod, params: Params): boolean {
  const account = method.us_bank_account;
  if (account === undefined || account.financial_connections_account !== null) return false;
  const options = params.object('payment_method_options')?.object('us_bank_account');
  const how = options?.oneOf('verification_method', ['automatic', 'instant', 'microdeposits', 'skip']);
  return how !== 'instant' && how !== 'skip' && method.customer === null;
}

/** Saves the payment method for later, once the payment has begun. */
export function saveMethod(world: World, { intent, result }: PaymentResult, method: PaymentMethod): void {
  const starts = result === 'paid' || result === 'processing' || result === 'held';
  if (!starts || intent.setup_future_usage === null || intent.customer === null) return;
  if (method.customer === null) attachPaymentMethod(world, { id: method.id, customer: intent.customer });
}

function declinedError(
  world: World,
  request: ApiRequest,
  { result, method }: { result: Extract<PaymentResult, { decline: object }>; method: PaymentMethod },
): StripeError {
  const reader = { version: request.version, store: world.store };
  return cardError(result.decline, {
    ...(result.charge === undefined ? {} : { charge: result.charge.id }),
    payment_intent: render(getIntent(world, result.intent.id), reader),
    payment_method: render(method, reader),
  });
}

export function unexpectedState(
  { version }: ApiRequest,
  { world, intent }: { world: World; intent: PaymentIntent },
  message: string,
): StripeError {
  const error = invalidRequest({ message, code: 'payment_intent_unexpected_state' });
  const shown = render(intent, { version, store: world.store });
  return error.with({ payment_intent: shown });
}
