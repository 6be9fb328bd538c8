/** The routes of payment methods, which are created from test card numbers and tokens. */

import { resolveCustomer } from '../customers/customers.ts';
import type { PaymentMethod } from '../model/payment.ts';
import { filterOf } from '../protocol/filters.ts';
import { listPage } from '../protocol/list.ts';
import type { ApiRequest, Route } from '../protocol/route.ts';
import { invalidRequest, notFound } from '../protocol/stripe-error.ts';
import type { World } from '../world/world.ts';
import { methodFrom } from './method-params.ts';
import { updatePaymentMethod } from './payment-method-update.ts';
import { attachPaymentMethod, detachPaymentMethod } from './payment-methods.ts';

function updateMethod(world: World, { id, params }: ApiRequest): PaymentMethod {
  return updatePaymentMethod(world, getMethod(world, id), params);
}

function getMethod(world: World, id: string): PaymentMethod {
  const method = world.store.paymentMethods.get(id);
  if (method === undefined) throw notFound('PaymentMethod', id);
  return method;
}

function getMethodOf(world: World, customer: string, id: string): PaymentMethod {
  const method = getMethod(world, id);
  if (method.customer !== customer) throw notFound('PaymentMethod', id);
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
  {
    method: 'POST',
    path: '/v1/payment_methods',
    operation: (world, { params }) => methodFrom(world, params),
    publishable: 'open',
  },
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
  {
    method: 'GET',
    path: '/v1/customers/:customer/payment_methods/:method',
    operation: (world, { id, subId }) => getMethodOf(world, id, subId),
  },
  { method: 'POST', path: '/v1/payment_methods/:method', operation: updateMethod },
  { method: 'POST', path: '/v1/payment_methods/:method/attach', operation: attachMethod },
  { method: 'POST', path: '/v1/payment_methods/:method/detach', operation: detachMethod },
];
