/** Reads the parameters that create and update payment intents. */
import { resolveCustomer } from '../customers/customers.ts';
import type { PaymentIntent } from '../model/payment.ts';
import { acceptedMethods } from '../payments/method-types.ts';
import { checkLength } from '../protocol/limited-text.ts';
import { mergeMetadata } from '../protocol/metadata.ts';
import type { Params } from '../protocol/params.ts';
import type { ApiRequest } from '../protocol/route.ts';
import { invalidRequest, missingParameter } from '../protocol/stripe-error.ts';
import type { World } from '../world/world.ts';

/** Stripe's smallest amounts, where they are not fifty of the smallest unit. */
const minimums: Readonly<Record<string, number>> = {
  aed: 200,
  bgn: 100,
  czk: 1500,
  dkk: 250,
  gbp: 30,
  hkd: 400,
  huf: 17500,
  mxn: 1000,
  myr: 200,
  nok: 300,
  pln: 200,
  ron: 200,
  sek: 300,
  thb: 1000,
};
const DEFAULT_MINIMUM = 50;
const MAX_AMOUNT = 99_999_999;
const MAX_DESCRIPTION = 1_000;
const MAX_STATEMENT_DESCRIPTOR = 22;

export function amountIn(params: Params, currency: string): number {
  const amount = params.integer('amount');
  if (amount === undefined) throw missingParameter('amount');
  if (amount < 1) {
    const message = 'This value must be greater than or equal to 1.';
    throw invalidRequest({ message, code: 'parameter_invalid_integer', param: 'amount' });
  }
  if (amount < (minimums[currency] ?? DEFAULT_MINIMUM)) {
    throw invalidRequest({
      message: `Amount must convert to at least 50 cents. ${amount} ${currency} is too small.`,
      code: 'amount_too_small',
      param: 'amount',
    });
  }
  if (amount > MAX_AMOUNT) {
    const message = `Amount must be no more than ${MAX_AMOUNT} in the smallest unit of ${currency}.`;
    throw invalidRequest({ message, code: 'amount_too_large', param: 'amount' });
  }
  return amount;
}

export function currencyIn(params: Params): string {
  const currency = params.required('currency').toLowerCase();
  if (/^[a-z]{3}$/.test(currency)) return currency;
  throw invalidRequest({ message: `Invalid currency: ${currency}`, param: 'currency' });
}

/** Returns what the request sets of the fields that need no other field. */
export function simpleFields(
  current: Pick<PaymentIntent, 'metadata'>,
  params: Params,
): Partial<PaymentIntent> {
  checkLength(params, 'description', MAX_DESCRIPTION);
  for (const name of ['statement_descriptor', 'statement_descriptor_suffix'])
    checkLength(params, name, MAX_STATEMENT_DESCRIPTOR);
  const fields: Partial<PaymentIntent> = { metadata: mergeMetadata(current.metadata, params) };
  for (const name of textFields) {
    const value = params.nullable(name);
    if (value !== undefined) fields[name] = value;
  }
  const usage = params.oneOf('setup_future_usage', ['off_session', 'on_session']);
  if (usage !== undefined) fields.setup_future_usage = usage;
  const capture = params.oneOf('capture_method', ['automatic', 'automatic_async', 'manual']);
  if (capture !== undefined) fields.capture_method = capture;
  for (const name of ['shipping', 'payment_method_options'] as const)
    if (params.has(name)) fields[name] = params.raw(name) === '' ? null : params.raw(name);
  return fields;
}

const textFields = [
  'description',
  'receipt_email',
  'statement_descriptor',
  'statement_descriptor_suffix',
  'transfer_group',
] as const;

export function customerIn(world: World, params: Params): string | null {
  const id = params.string('customer');
  return id === undefined ? null : resolveCustomer(world, id).id;
}

/** Returns the types of payment methods after the request, or nothing if it leaves them as they are. */
export function methodFields(request: ApiRequest, currency: string): Partial<PaymentIntent> {
  const { types, automatic } = acceptedMethods(request, currency);
  return { automatic_payment_methods: automatic, payment_method_types: types };
}

/** A browser would need an address to return to from a payment method that redirects. */
export function checkReturnUrl(intent: PaymentIntent, params: Params): void {
  const explicit = params.object('automatic_payment_methods');
  if (explicit?.boolean('enabled') !== true || intent.automatic_payment_methods?.allow_redirects !== 'always')
    return;
  if (params.has('return_url') || params.boolean('use_stripe_sdk') === true) return;
  throw invalidRequest({
    message:
      'This PaymentIntent is configured to accept payment methods enabled in your Dashboard. Because some of these payment methods might redirect your customer off of your page, you must provide a `return_url`. If you don’t want to accept redirect-based payment methods, set `automatic_payment_methods[enabled]` to `true` and `automatic_payment_methods[allow_redirects]` to `never` when creating Setup Intents and Payment Intents.',
  });
}
