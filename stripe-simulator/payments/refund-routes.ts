/** The routes of refunds. */

import type { Charge } from '../model/payment.ts';
import type { Refund } from '../model/reversal.ts';
import { filterOf } from '../protocol/filters.ts';
import { listPage } from '../protocol/list.ts';
import { mergeMetadata } from '../protocol/metadata.ts';
import type { ApiRequest, Route } from '../protocol/route.ts';
import { invalidRequest, missingParameter, noSuch, notFound } from '../protocol/stripe-error.ts';
import type { World } from '../world/world.ts';
import { refundCharge, settleRefund, updateRefund } from './refunds.ts';

export function getRefund(world: World, id: string): Refund {
  const refund = world.store.refunds.get(id);
  if (refund === undefined) throw notFound('refund', id);
  return refund;
}

function cancelRefund(world: World, { id }: ApiRequest): Refund {
  const refund = getRefund(world, id);
  if (refund.status === 'requires_action') return settleRefund(world, refund, 'canceled');
  throw invalidRequest({ message: `A refund with the status ${refund.status} cannot be canceled.` });
}

function createRefund(world: World, { params }: ApiRequest): Refund {
  const reasons = ['duplicate', 'fraudulent', 'requested_by_customer'] as const;
  return refundCharge(world, resolveCharge(world, params), {
    amount: params.integer('amount'),
    reason: params.oneOf('reason', reasons) ?? null,
    metadata: mergeMetadata({}, params),
  });
}

/** Returns the charge that the parameters refer to, directly or through its payment intent. */
function resolveCharge(world: World, params: ApiRequest['params']): Charge {
  const { charges, paymentIntents } = world.store;
  const intentId = params.string('payment_intent');
  if (intentId !== undefined) {
    const intent = paymentIntents.get(intentId);
    if (intent === undefined) throw noSuch('payment_intent', { id: intentId, param: 'payment_intent' });
    const latest = charges.get(intent.latest_charge ?? '');
    if (latest === undefined) throw noSuch('charge', { id: intentId, param: 'payment_intent' });
    return latest;
  }
  const id = params.string('charge');
  if (id === undefined) throw missingParameter('charge');
  const charge = charges.get(id);
  if (charge === undefined) throw noSuch('charge', { id, param: 'charge' });
  return charge;
}

function listRefunds(world: World, request: ApiRequest): object {
  return listPage(request, world.store.refunds, {
    noun: 'refund',
    keep: filterOf(request.params, {
      texts: { charge: (row) => row.charge, payment_intent: (row) => row.payment_intent },
      times: { created: (row) => row.created },
    }),
  });
}

export const refundRoutes: readonly Route[] = [
  { method: 'POST', path: '/v1/refunds', operation: createRefund },
  { method: 'GET', path: '/v1/refunds', operation: listRefunds },
  { method: 'GET', path: '/v1/refunds/:refund', operation: (world, { id }) => getRefund(world, id) },
  {
    method: 'POST',
    path: '/v1/refunds/:refund',
    operation: (world, { id, params }) => updateRefund(world, getRefund(world, id), params),
  },
  { method: 'POST', path: '/v1/refunds/:refund/cancel', operation: cancelRefund },
];
