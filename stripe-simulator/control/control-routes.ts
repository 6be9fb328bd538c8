/** The simulator's own routes under `/_simulator`, which trigger on request what only Stripe itself can do. */
import type { IncomingMessage } from 'node:http';
import { type DisputeInput, openDispute } from '../disputes/dispute-opening.ts';
import { getDispute, settleDispute } from '../disputes/disputes.ts';
import { collectInvoice } from '../invoices/invoice-settlement.ts';
import { partsIn, payInParts } from '../invoices/payment-parts.ts';
import { closedDisputeStatuses, openDisputeStatuses } from '../model/reversal.ts';
import type { Subscription } from '../model/subscription.ts';
import { getCharge } from '../payments/charges.ts';
import { defaultPaymentMethod } from '../payments/payment-methods.ts';
import { getRefund } from '../payments/refund-routes.ts';
import { settleRefund } from '../payments/refunds.ts';
import { type Answer, jsonAnswer } from '../protocol/answer.ts';
import { readBody } from '../protocol/body.ts';
import { type Method, matchRoute } from '../protocol/route.ts';
import { invalidRequest, StripeError } from '../protocol/stripe-error.ts';
import { render } from '../render/render.ts';
import { tableNames } from '../store/store.ts';
import { openInvoicesOf } from '../subscriptions/invoice-outcome.ts';
import { renewSubscription } from '../subscriptions/renewal.ts';
import { getSubscription } from '../subscriptions/subscription-lookup.ts';
import { changeSubscription, isEnded } from '../subscriptions/subscription-record.ts';
import { rollSecret } from '../webhook-endpoints/secret-rolling.ts';
import { DEFAULT_API_VERSION, type World } from '../world/world.ts';
import { changeAccount } from './account-control.ts';
import { advanceOwnClock } from './clock-advance.ts';
import { parseJsonObject } from './json-body.ts';
import { resetSimulation } from './reset.ts';
import type { Simulation } from './simulation.ts';

interface ControlRoute {
  readonly method: Method;
  readonly path: string;
  readonly run: (context: Simulation, request: { id: string; body: string }) => unknown;
}

export const controlRoutes: readonly ControlRoute[] = [
  { method: 'GET', path: '/_simulator', run: (context) => summaryOf(context) },
  {
    method: 'POST',
    path: '/_simulator/clock/advance',
    run: (context, { body }) => advanceOwnClock(context, body),
  },
  {
    method: 'POST',
    path: '/_simulator/reset',
    run: (context) => {
      resetSimulation(context);
      return { reset: true };
    },
  },
  { method: 'GET', path: '/_simulator/chaos', run: ({ chaos }) => chaos.show() },
  {
    method: 'POST',
    path: '/_simulator/chaos',
    run: ({ chaos }, { body }) => {
      chaos.set(parseJsonObject(body));
      return chaos.show();
    },
  },
  {
    method: 'DELETE',
    path: '/_simulator/chaos',
    run: ({ chaos }) => {
      chaos.set({});
      return chaos.show();
    },
  },
  {
    method: 'POST',
    path: '/_simulator/subscriptions/:subscription/renew',
    run: ({ world }, { id }) => renewSubscription(world, liveSubscription(world, id)),
  },
  {
    method: 'POST',
    path: '/_simulator/subscriptions/:subscription/retry_payment',
    run: ({ world }, { id }) => retryPayment(world, id),
  },
  {
    method: 'POST',
    path: '/_simulator/subscriptions/:subscription/set',
    run: ({ world }, { id, body }) => setFields(world, id, body),
  },
  {
    method: 'POST',
    path: '/_simulator/charges/:charge/dispute',
    run: ({ world }, { id, body }) => openDispute(world, getCharge(world, id), disputeInput(body)),
  },
  {
    method: 'POST',
    path: '/_simulator/disputes/:dispute/settle',
    run: ({ world }, { id, body }) => {
      const status = oneOf(parseJsonObject(body)['status'], disputeStatuses);
      return settleDispute(world, getDispute(world, id), status);
    },
  },
  {
    method: 'POST',
    path: '/_simulator/refunds/:refund/settle',
    run: ({ world }, { id, body }) => {
      const status = oneOf(parseJsonObject(body)['status'], refundStatuses);
      return settleRefund(world, getRefund(world, id), status);
    },
  },
  {
    method: 'POST',
    path: '/_simulator/invoices/:invoice/pay',
    run: ({ world }, { id, body }) => payInParts(world, id, partsIn(parseJsonObject(body))),
  },
  {
    method: 'POST',
    path: '/_simulator/account',
    run: ({ world }, { body }) => changeAccount(world, body),
  },
  {
    method: 'POST',
    path: '/_simulator/webhook_endpoints/:endpoint/roll_secret',
    run: ({ world }, { id }) => rollSecret(world, id),
  },
  {
    method: 'GET',
    path: '/_simulator/deliveries',
    run: ({ world }) => ({ data: world.store.deliveries.newestFirst() }),
  },
  {
    method: 'POST',
    path: '/_simulator/deliveries/flush',
    run: ({ deliveries }) => ({ attempted: deliveries.flush() }),
  },
];

export async function answerControl(context: Simulation, request: IncomingMessage): Promise<Answer> {
  const body = await readBody(request);
  const path = (request.url ?? '/').replace(/\?.*$/, '').replace(/\/$/, '');
  const routes = controlRoutes.map((route) => ({ ...route, operation: () => ({}) }));
  const match = matchRoute(routes, { method: request.method ?? 'GET', path });
  const route = controlRoutes.find(
    ({ method, path: known }) => known === match?.route.path && method === match.route.method,
  );
  if (route === undefined)
    return jsonAnswer(404, {
      error: {
        message: `The simulator has no route ${path}. See "The simulator's own routes" in its README.`,
      },
    });
  try {
    const result = route.run(context, { id: match?.ids[0] ?? '', body });
    return jsonAnswer(200, render(result, { version: DEFAULT_API_VERSION, store: context.world.store }));
  } catch (error) {
    if (error instanceof StripeError) return jsonAnswer(error.status, error.body('req_simulator'));
    throw error;
  }
}

const disputeStatuses = [...openDisputeStatuses, ...closedDisputeStatuses] as const;
const refundStatuses = ['pending', 'requires_action', 'succeeded', 'failed', 'canceled'] as const;

function oneOf<T extends string>(value: unknown, allowed: readonly T[]): T {
  const found = allowed.find((one) => one === value);
  if (found !== undefined) return found;
  throw invalidRequest({ message: `status must be one of ${allowed.join(', ')}.`, param: 'status' });
}

function disputeInput(body: string): DisputeInput {
  const { amount, status } = body === '' ? {} : parseJsonObject(body);
  return {
    amount: typeof amount === 'number' ? amount : undefined,
    status: status === undefined ? undefined : oneOf(status, openDisputeStatuses),
  };
}

function summaryOf({ world, due }: Simulation): object {
  const counts = Object.fromEntries(tableNames.map((name) => [name, world.store[name].size]));
  const pending = world.store.deliveries.oldestFirst().filter((row) => row.state === 'pending').length;
  return {
    now: world.ownSeconds(),
    next_due: due.nextAt() ?? null,
    waiting: due.size,
    api_version: world.apiVersion,
    counts,
    pending_deliveries: pending,
  };
}

function liveSubscription(world: World, id: string): Subscription {
  const subscription = getSubscription(world, id);
  if (isEnded(subscription))
    throw invalidRequest({ message: `The subscription ${id} has ended (status: ${subscription.status}).` });
  return subscription;
}

/** Makes the next payment attempt, which Stripe makes days after the first one. */
function retryPayment(world: World, id: string): Subscription {
  const subscription = liveSubscription(world, id);
  const [invoice] = openInvoicesOf(world, id);
  if (invoice === undefined) throw invalidRequest({ message: `The subscription ${id} has no open invoice.` });
  const method = defaultPaymentMethod(world, { customer: subscription.customer, subscription });
  collectInvoice(world, invoice.id, { method });
  return getSubscription(world, id);
}

/** Forces fields to the given values, for states that are hard to reach or that Stripe may add later. */
function setFields(world: World, id: string, body: string): Subscription {
  getSubscription(world, id);
  const { id: _id, object: _object, ...patch } = parseJsonObject(body) as Partial<Subscription>;
  return changeSubscription(world, id, { patch, event: 'customer.subscription.updated' });
}
