/** The routes of payment methods, which are created from test card numbers and tokens. */

import { resolveCustomer } from '../customers/customers.ts';
import type { PaymentMethod } from '../model/payment.ts';
import { filterOf } from '../protocol/filters.ts';
import { listPage } from '../protocol/list.ts';
import { mergeMetadata } from '../protocol/metadata.ts';
import type { Params } from '../protocol/params.ts';
import type { ApiRequest, Route } from '../protocol/route.ts';
import { invalidRequest, missingParameter, notFound, StripeError } from '../protocol/stripe-error.ts';
import type { World } from '../world/world.ts';
import { attachPaymentMethod, createPaymentMethod, detachPaymentMethod } from './payment-methods.ts';
import { findTestCard, type TestCard } from './test-cards.ts';

function createMethod(world: World, { params }: ApiRequest): PaymentMethod {
  const type = params.oneOf('type', ['card']);
  const card = params.object('card');
  if (type === undefined) throw missingParameter('type');
  if (card === undefined) throw missingParameter('card');
  const details = params.object('billing_details');
  const month = card.integer('exp_month');
  const year = card.integer('exp_year');
  return createPaymentMethod(world, {
    card: cardOf(card),
    billingDetails: {
      email: details?.string('email') ?? null,
      name: details?.string('name') ?? null,
      phone: details?.string('phone') ?? null,
      ...(details?.has('address') === true ? { address: details.raw('address') } : {}),
    },
    ...(month !== undefined && year !== undefined ? { expiry: { month, year } } : {}),
    metadata: mergeMetadata({}, params),
  });
}

/** Returns the test card. Other card numbers are declined, because the simulator must never store a real one. */
function cardOf(params: Params): TestCard {
  const token = params.string('token');
  const text = token ?? params.required('number');
  const card = findTestCard(text);
  if (card !== undefined) return card;
  if (token !== undefined) {
    throw invalidRequest({
      message: `No such token: '${token}'`,
      code: 'resource_missing',
      param: 'card[token]',
    });
  }
  throw new StripeError({
    status: 402,
    type: 'card_error',
    code: 'card_declined',
    message:
      'Your card was declined. Your request was in test mode, but used a non test card. For a list of valid test cards, visit: https://stripe.com/docs/testing.',
    extra: { decline_code: 'test_mode_live_card' },
  });
}

function getMethod(world: World, id: string): PaymentMethod {
  const method = world.store.paymentMethods.get(id);
  if (method === undefined) throw notFound('PaymentMethod', id);
  return method;
}

function attachMethod(world: World, { id, params }: ApiRequest): PaymentMethod {
  const customer = resolveCustomer(world, params.required('customer'));
  return attachPaymentMethod(world, { id, customer: customer.id });
}

function detachMethod(world: World, { id }: ApiRequest): PaymentMethod {
  const method = getMethod(world, id);
  if (method.customer === null) {
    throw invalidRequest({
      message: 'The payment method you provided is not attached to a customer so detachment is impossible.',
    });
  }
  return detachPaymentMethod(world, method);
}

function listForCustomer(world: World, request: ApiRequest, customer: string | undefined): object {
  const matches = filterOf<PaymentMethod>(request.params, {
    texts: { allow_redisplay: (row) => row.allow_redisplay, type: (row) => row.type },
  });
  return listPage(request, world.store.paymentMethods, {
    noun: 'PaymentMethod',
    keep: (row) => customer !== undefined && row.customer === customer && matches(row),
  });
}

export const paymentMethodRoutes: readonly Route[] = [
  { method: 'POST', path: '/v1/payment_methods', operation: createMethod },
  {
    method: 'GET',
    path: '/v1/payment_methods',
    operation: (world, request) => listForCustomer(world, request, request.params.string('customer')),
  },
  {
    method: 'GET',
    path: '/v1/customers/:customer/payment_methods',
    operation: (world, request) => listForCustomer(world, request, request.id),
  },
  { method: 'GET', path: '/v1/payment_methods/:method', operation: (world, { id }) => getMethod(world, id) },
  { method: 'POST', path: '/v1/payment_methods/:method/attach', operation: attachMethod },
  { method: 'POST', path: '/v1/payment_methods/:method/detach', operation: detachMethod },
];
