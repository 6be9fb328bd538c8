/** The routes of refunds and disputes. */

import type { Charge } from '../model/payment.ts';
import type { Dispute, Refund } from '../model/reversal.ts';
import { filterOf } from '../protocol/filters.ts';
import { listPage } from '../protocol/list.ts';
import { mergeMetadata } from '../protocol/metadata.ts';
import type { ApiRequest, Route } from '../protocol/route.ts';
import { invalidRequest, missingParameter, noSuch, notFound } from '../protocol/stripe-error.ts';
import type { Table } from '../store/table.ts';
import type { World } from '../world/world.ts';
import { refundCharge, settleDispute, settleRefund } from './reversals.ts';

export function getCharge(world: World, id: string): Charge {
  const charge = world.store.charges.get(id);
  if (charge === undefined) throw notFound('charge', id);
  return charge;
}

export function getDispute(world: World, id: string): Dispute {
  const dispute = world.store.disputes.get(id);
  if (dispute === undefined) throw notFound('dispute', id);
  return dispute;
}

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

function listRoute<T extends Refund | Dispute>(noun: string, table: (world: World) => Table<T>) {
  return (world: World, request: ApiRequest): object => {
    return listPage(request, table(world), {
      noun,
      keep: filterOf(request.params, {
        texts: { charge: (row) => row.charge, payment_intent: (row) => row.payment_intent },
        times: { created: (row) => row.created },
      }),
    });
  };
}

export const reversalRoutes: readonly Route[] = [
  { method: 'POST', path: '/v1/refunds', operation: createRefund },
  { method: 'GET', path: '/v1/refunds', operation: listRoute('refund', ({ store }) => store.refunds) },
  {
    method: 'GET',
    path: '/v1/refunds/:refund',
    operation: (world, { id }) => getRefund(world, id),
  },
  { method: 'POST', path: '/v1/refunds/:refund/cancel', operation: cancelRefund },
  { method: 'GET', path: '/v1/disputes', operation: listRoute('dispute', ({ store }) => store.disputes) },
  { method: 'GET', path: '/v1/disputes/:dispute', operation: (world, { id }) => getDispute(world, id) },
  {
    method: 'POST',
    path: '/v1/disputes/:dispute/close',
    operation: (world, { id }) => settleDispute(world, getDispute(world, id), 'lost'),
  },
];
