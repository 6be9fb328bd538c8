/** The terms of what a Checkout session creates: the subscription, the payment, its invoice and the saved card. */
import { resolveCustomer } from '../customers/customers.ts';
import type { CheckoutOrder, CheckoutSession } from '../model/checkout.ts';
import type { PaymentIntent } from '../model/payment.ts';
import { acceptedMethods, hasNoMethodTypes, methodTypesIn } from '../payments/method-types.ts';
import { openSetupIntent } from '../payments/setup-intents.ts';
import { mergeMetadata } from '../protocol/metadata.ts';
import type { Params } from '../protocol/params.ts';
import type { ApiRequest } from '../protocol/route.ts';
import { invalidRequest } from '../protocol/stripe-error.ts';
import { missingPaymentMethodOf } from '../subscriptions/subscription-create.ts';
import type { World } from '../world/world.ts';
import { cycleTerms } from './checkout-terms.ts';

const DAY_SECONDS = 24 * 3600;
const MAX_TRIAL_DAYS = 730;

export function subscriptionTerms(world: World, data: Params | undefined): CheckoutOrder['subscription'] {
  const days = data?.integer('trial_period_days') ?? null;
  const end = data?.integer('trial_end') ?? null;
  if (days !== null && days < 1) {
    const param = 'subscription_data[trial_period_days]';
    throw invalidRequest({ message: 'The minimum number of trial period days is 1.', param });
  }
  if (days !== null && days > MAX_TRIAL_DAYS) {
    const param = 'subscription_data[trial_period_days]';
    throw invalidRequest({
      message: `The maximum number of trial period days is ${MAX_TRIAL_DAYS} (2 years).`,
      param,
    });
  }
  if (end !== null && end < world.seconds() + 2 * DAY_SECONDS) {
    const param = 'subscription_data[trial_end]';
    throw invalidRequest({ message: 'The `trial_end` date has to be at least 2 days in the future.', param });
  }
  return {
    metadata: mergeMetadata({}, data),
    trial_end: end,
    trial_period_days: days,
    missing_payment_method: data === undefined ? 'create_invoice' : missingPaymentMethodOf(data),
    description: data?.string('description') ?? null,
    ...(data === undefined ? {} : cycleTerms(world, data)),
  };
}

export function paymentTerms(params: Params): CheckoutOrder['payment'] {
  const data = params.object('payment_intent_data');
  const usage = data?.oneOf('setup_future_usage', ['off_session', 'on_session']);
  const details: Partial<PaymentIntent> = {};
  const capture = data?.oneOf('capture_method', ['automatic', 'automatic_async', 'manual']);
  if (capture !== undefined) details.capture_method = capture;
  if (usage !== undefined) details.setup_future_usage = usage;
  for (const name of textFields) {
    const value = data?.string(name);
    if (value !== undefined) details[name] = value;
  }
  return {
    metadata: mergeMetadata({}, data),
    shipping: data?.raw('shipping') ?? null,
    description: data?.string('description') ?? null,
    saves: usage !== undefined,
    details,
  };
}

const textFields = [
  'receipt_email',
  'statement_descriptor',
  'statement_descriptor_suffix',
  'transfer_group',
] as const;

/** Returns the terms of the invoice that a single payment gets, if it gets one. */
export function invoiceTerms(params: Params, mode: CheckoutSession['mode']): CheckoutOrder['invoice'] {
  const creation = params.object('invoice_creation');
  if (creation === undefined) return undefined;
  if (mode !== 'payment') {
    throw invalidRequest({
      message: '`invoice_creation` can only be used in `payment` mode.',
      param: 'invoice_creation',
    });
  }
  if (creation.boolean('enabled') !== true) return undefined;
  const data = creation.object('invoice_data');
  return { description: data?.string('description') ?? null, metadata: mergeMetadata({}, data) };
}

/** `payment_intent_data` and `setup_intent_data` belong to one mode each. */
export function checkModeData(params: Params, mode: CheckoutSession['mode']): void {
  const owners = {
    payment_intent_data: 'payment',
    setup_intent_data: 'setup',
    subscription_data: 'subscription',
  };
  for (const [name, owner] of Object.entries(owners)) {
    if (!params.has(name) || mode === owner) continue;
    throw invalidRequest({ message: `You can not pass \`${name}\` in \`${mode}\` mode.`, param: name });
  }
}

/** A session in `setup` mode has its intent from the start. */
export function openSetup(world: World, params: Params): string {
  const data = params.object('setup_intent_data');
  const customer = params.string('customer');
  const owner = customer === undefined ? null : resolveCustomer(world, customer).id;
  return openSetupIntent(
    world,
    { customer: owner, method: undefined, metadata: mergeMetadata({}, data) },
    { description: data?.string('description') ?? null },
  ).id;
}

/**
 * Returns the types of payment methods that the session offers. The account offers cards, and the debits of banks where
 * the request names them.
 */
export function methodTypesOf(request: ApiRequest, currency: string | null): readonly string[] {
  const { params } = request;
  const param = 'payment_method_types';
  if (params.has(param) && hasNoMethodTypes(request)) {
    throw invalidRequest({
      message: `Received unknown parameter: ${param}`,
      code: 'parameter_unknown',
      param,
    });
  }
  if (params.has(param) || params.has('allowed_payment_method_types'))
    return acceptedMethods(request, currency).types;
  const excluded = params.has('excluded_payment_method_types')
    ? methodTypesIn(params, 'excluded_payment_method_types')
    : [];
  return excluded.includes('card') ? acceptedMethods(request, currency).types : ['card'];
}
