/** Reads payment methods from parameters: a new one, one that exists, or the name of a test one. */
import type { PaymentMethod } from '../model/payment.ts';
import { methodTypes } from '../model/payment.ts';
import { mergeMetadata } from '../protocol/metadata.ts';
import type { Params } from '../protocol/params.ts';
import { invalidRequest, missingParameter, noSuch, StripeError } from '../protocol/stripe-error.ts';
import type { World } from '../world/world.ts';
import {
  type AccountDetails,
  createAccountMethod,
  createNamedMethod,
  createPaymentMethod,
} from './method-records.ts';
import { findTestCard, type TestCard } from './test-cards.ts';

/** Creates the payment method that `POST /v1/payment_methods` or `payment_method_data` describes. */
export function methodFrom(world: World, params: Params): PaymentMethod {
  const type = params.oneOf('type', methodTypes);
  if (type === undefined) throw missingParameter(params.nameOf('type'));
  const shared = { billingDetails: billingDetailsIn(params), metadata: mergeMetadata({}, params) };
  if (type === 'card') return cardFrom(world, params, shared);
  return createAccountMethod(world, { ...shared, account: accountFrom(params, type) });
}

/** Returns the payment method that exists, or creates the one that its name stands for. */
export function resolveMethod(world: World, id: string, param = 'payment_method'): PaymentMethod {
  const found = world.store.paymentMethods.get(id) ?? createNamedMethod(world, id);
  if (found === undefined) throw noSuch('PaymentMethod', { id, param });
  return found;
}

type Shared = Pick<AccountDetails, 'billingDetails' | 'metadata'>;

function cardFrom(world: World, params: Params, shared: Shared): PaymentMethod {
  const card = params.object('card');
  if (card === undefined) throw missingParameter(params.nameOf('card'));
  const month = card.integer('exp_month');
  const year = card.integer('exp_year');
  // The simulator stores no security code. Every one passes, but that of the card whose check fails.
  card.string('cvc');
  return createPaymentMethod(world, {
    ...shared,
    card: testCardIn(card),
    ...(month !== undefined && year !== undefined
      ? { expiry: { month, year: year < 100 ? 2000 + year : year } }
      : {}),
  });
}

function accountFrom(
  params: Params,
  type: 'customer_balance' | 'sepa_debit' | 'us_bank_account',
): AccountDetails['account'] {
  if (type === 'customer_balance') return { type };
  const part = params.object(type);
  if (part === undefined) throw missingParameter(params.nameOf(type));
  if (type === 'sepa_debit') return { type, number: ibanIn(part) };
  return {
    type,
    number: part.required('account_number'),
    routingNumber: part.required('routing_number'),
    holder: part.string('account_holder_type') ?? 'individual',
    kind: part.string('account_type') ?? 'checking',
    verified: part.has('financial_connections_account'),
  };
}

const IBAN = /^[A-Z]{2}\d{2}[A-Z0-9]{10,30}$/;

function ibanIn(part: Params): string {
  const iban = part.required('iban').replaceAll(/\s/g, '').toUpperCase();
  if (IBAN.test(iban)) return iban;
  throw invalidRequest({
    message: 'The IBAN you provided is invalid.',
    code: 'invalid_bank_account_iban',
    param: part.nameOf('iban'),
  });
}

function billingDetailsIn(params: Params): Partial<PaymentMethod['billing_details']> {
  const details = params.object('billing_details');
  return {
    email: details?.string('email') ?? null,
    name: details?.string('name') ?? null,
    phone: details?.string('phone') ?? null,
    ...(details?.has('address') === true ? { address: details.raw('address') } : {}),
  };
}

/** Returns the test card. Other card numbers are declined, because the simulator must never store a real one. */
export function testCardIn(params: Params): TestCard {
  const token = params.string('token');
  const text = token ?? params.required('number');
  const card = findTestCard(text);
  if (card !== undefined) return card;
  if (token !== undefined) throw noSuch('token', { id: token, param: params.nameOf('token') });
  throw new StripeError({
    status: 402,
    type: 'card_error',
    code: 'card_declined',
    message:
      'Your card was declined. Your request was in test mode, but used a non test card. For a list of valid test cards, visit: https://stripe.com/docs/testing.',
    extra: { decline_code: 'test_mode_live_card' },
  });
}
