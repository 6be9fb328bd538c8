/** Creates and updates payment intents. */
import type { IntentStatus, PaymentIntent } from '../model/payment.ts';
import { createIntent } from '../payments/payment-intents.ts';
import { mergeMetadata } from '../protocol/metadata.ts';
import type { ApiRequest } from '../protocol/route.ts';
import { invalidRequest } from '../protocol/stripe-error.ts';
import { change } from '../world/records.ts';
import type { World } from '../world/world.ts';
import { confirmWith } from './intent-confirm.ts';
import { getIntent } from './intent-lookup.ts';
import { methodIn } from './intent-method.ts';
import {
  amountIn,
  checkReturnUrl,
  currencyIn,
  customerIn,
  methodFields,
  simpleFields,
} from './intent-params.ts';

export function createOperation(world: World, request: ApiRequest): PaymentIntent {
  const { params } = request;
  const currency = currencyIn(params);
  const amount = amountIn(params, currency);
  const customer = customerIn(world, params);
  const confirms = params.boolean('confirm') === true;
  const offSession = offSessionIn(request, confirms);
  const fields = { ...simpleFields({ metadata: {} }, params), ...methodFields(request, currency) };
  const types = fields.payment_method_types ?? [];
  const owner = { object: 'payment_intent', customer, payment_method_types: types } as const;
  const method = methodIn(world, params, owner);
  const confirmation = params.oneOf('confirmation_method', ['automatic', 'manual']) ?? 'automatic';
  const details: Partial<PaymentIntent> = {
    ...fields,
    confirmation_method: confirmation,
    payment_method: method?.id ?? null,
    status: method === undefined ? 'requires_payment_method' : 'requires_confirmation',
  };
  if (confirms) checkReturnUrl({ ...blank, ...details }, params);
  const intent = createIntent(world, { amount, currency, customer, details });
  return confirms ? confirmWith(world, request, { intent, offSession }) : intent;
}

const blank = { automatic_payment_methods: null } as PaymentIntent;

/** `off_session` is a boolean, or `one_off` or `recurring` in older versions, and needs `confirm`. */
function offSessionIn({ params }: ApiRequest, confirms: boolean): boolean {
  const value = params.string('off_session');
  if (value === undefined) return false;
  if (!confirms) {
    throw invalidRequest({
      message:
        'The parameter `off_session` cannot be passed when creating a PaymentIntent unless `confirm` is set to true.',
      param: 'off_session',
    });
  }
  return value !== 'false';
}

const open: readonly IntentStatus[] = ['requires_payment_method', 'requires_confirmation', 'requires_action'];

const fixedLater = [
  'amount',
  'currency',
  'customer',
  'payment_method',
  'payment_method_data',
  'payment_method_types',
  'setup_future_usage',
  'capture_method',
] as const;

export function updateOperation(world: World, request: ApiRequest): PaymentIntent {
  const { params, id } = request;
  const current = getIntent(world, id);
  const late = open.includes(current.status) ? undefined : fixedLater.find((name) => params.has(name));
  if (late !== undefined) {
    throw invalidRequest({
      message: `This PaymentIntent's ${late} could not be updated because it has a status of ${current.status}. You may only update the ${late} of a PaymentIntent with one of the following statuses: ${open.join(', ')}.`,
      code: 'payment_intent_unexpected_state',
      param: late,
    });
  }
  return change(world, world.store.paymentIntents, { id, patch: patchOf(world, current, request) });
}

function patchOf(world: World, current: PaymentIntent, request: ApiRequest): Partial<PaymentIntent> {
  const { params } = request;
  const currency = params.has('currency') ? currencyIn(params) : current.currency;
  const amount = params.has('amount') ? amountIn(params, currency) : current.amount;
  const customer = params.has('customer') ? customerIn(world, params) : current.customer;
  const renamesTypes = [
    'payment_method_types',
    'automatic_payment_methods',
    'allowed_payment_method_types',
  ].some((name) => params.has(name));
  const types = renamesTypes ? methodFields(request, currency) : {};
  const owner = { ...current, ...types, customer };
  const method = methodIn(world, params, owner);
  return {
    ...simpleFields(current, params),
    ...types,
    amount,
    currency,
    customer,
    metadata: mergeMetadata(current.metadata, params),
    ...(method === undefined
      ? {}
      : { payment_method: method.id, status: 'requires_confirmation', next_action: null }),
  };
}
