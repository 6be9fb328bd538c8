/** The routes of Checkout sessions and the two routes of Stripe's hosted page. */

import { checkCustomerFilter } from '../customers/customers.ts';
import type { CheckoutSession } from '../model/checkout.ts';
import { cardError } from '../payments/payment-methods.ts';
import { listPage } from '../protocol/list.ts';
import type { ApiRequest, Route } from '../protocol/route.ts';
import { invalidRequest, noSuch, notFound } from '../protocol/stripe-error.ts';
import { checkoutLine } from '../render/included-parts.ts';
import type { World } from '../world/world.ts';
import { completeCheckout } from './checkout-completion.ts';
import { createSession } from './checkout-create.ts';
import { expireSession } from './checkout-expiry.ts';

export function getSession(world: World, id: string): CheckoutSession {
  const session = world.store.checkoutSessions.get(id);
  if (session === undefined) throw notFound('checkout.session', id);
  return session;
}

function expireOperation(world: World, { id }: ApiRequest): CheckoutSession {
  const session = getSession(world, id);
  if (session.status === 'open') return expireSession(world, id);
  throw invalidRequest({
    message: `Only Checkout Sessions with a status in ["open"] can be expired. This Checkout Session has a status of \`${session.status}\`.`,
  });
}

function listSessions(world: World, request: ApiRequest): object {
  const { params } = request;
  const customer = params.string('customer');
  checkCustomerFilter(world, customer);
  const subscription = params.string('subscription');
  const intent = params.string('payment_intent');
  const status = params.oneOf('status', ['complete', 'expired', 'open']);
  return listPage(request, world.store.checkoutSessions, {
    noun: 'checkout.session',
    keep: (row) =>
      (customer === undefined || row.customer === customer) &&
      (subscription === undefined || row.subscription === subscription) &&
      (intent === undefined || row.payment_intent === intent) &&
      (status === undefined || row.status === status),
  });
}

function listLines(world: World, { id, path }: ApiRequest): object {
  getSession(world, id);
  const data = (world.store.checkoutOrders.get(id)?.lines ?? []).map(checkoutLine);
  return { object: 'list', data, has_more: false, url: path };
}

/** Pays a session. Stripe does not document this route, but the Stripe CLI uses it. */
function confirmPage(world: World, { id, params }: ApiRequest): CheckoutSession {
  const session = getSession(world, id);
  const methodId = params.string('payment_method');
  const method = methodId === undefined ? undefined : world.store.paymentMethods.get(methodId);
  if (methodId !== undefined && method === undefined) {
    throw noSuch('PaymentMethod', { id: methodId, param: 'payment_method' });
  }
  const expected = params.integer('expected_amount');
  if (expected !== undefined && expected !== session.amount_total) {
    const message = `The expected amount ${expected} does not match the session's total ${session.amount_total}.`;
    throw invalidRequest({ message, param: 'expected_amount' });
  }
  const { email = null, name = null } = method?.billing_details ?? {};
  const completion = completeCheckout(world, session, { method, email, name });
  if (completion.result === 'declined') throw cardError(completion.decline);
  return getSession(world, id);
}

export const checkoutRoutes: readonly Route[] = [
  { method: 'POST', path: '/v1/checkout/sessions', operation: createSession },
  { method: 'GET', path: '/v1/checkout/sessions', operation: listSessions },
  {
    method: 'GET',
    path: '/v1/checkout/sessions/:session',
    operation: (world, { id }) => getSession(world, id),
  },
  { method: 'POST', path: '/v1/checkout/sessions/:session/expire', operation: expireOperation },
  { method: 'GET', path: '/v1/checkout/sessions/:session/line_items', operation: listLines },
  { method: 'GET', path: '/v1/payment_pages/:session', operation: (world, { id }) => getSession(world, id) },
  { method: 'POST', path: '/v1/payment_pages/:session/confirm', operation: confirmPage },
];
