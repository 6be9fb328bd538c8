/** The routes of Checkout sessions and the two routes of Stripe's hosted page. */

import { checkCustomerFilter } from '../customers/customers.ts';
import type { CheckoutSession } from '../model/checkout.ts';
import { cardError } from '../payments/payment-methods.ts';
import { filterOf } from '../protocol/filters.ts';
import { listPage, pageOf } from '../protocol/list.ts';
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
  checkCustomerFilter(world, params.string('customer'));
  params.oneOf('status', ['complete', 'expired', 'open']);
  const hasEmail = filterOf<CheckoutSession>(params.object('customer_details'), {
    texts: { email: (row) => emailOf(row) },
  });
  const matches = filterOf<CheckoutSession>(params, {
    texts: {
      customer: (row) => row.customer,
      payment_intent: (row) => row.payment_intent,
      payment_link: (row) => row.payment_link,
      status: (row) => row.status,
      subscription: (row) => row.subscription,
    },
    times: { created: (row) => row.created },
  });
  return listPage(request, world.store.checkoutSessions, {
    noun: 'checkout.session',
    keep: (row) => matches(row) && hasEmail(row),
  });
}

function emailOf({ customer_details: details }: CheckoutSession): string | undefined {
  if (typeof details !== 'object' || details === null || !('email' in details)) return undefined;
  return typeof details.email === 'string' ? details.email : undefined;
}

function listLines(world: World, request: ApiRequest): object {
  getSession(world, request.id);
  const lines = (world.store.checkoutOrders.get(request.id)?.lines ?? []).map(checkoutLine);
  return pageOf(request, lines, 'item');
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
