/** The routes of payment records: payments outside of Stripe that were reported to it. */
import type { PaymentRecord } from '../model/payment.ts';
import type { ApiRequest, Route } from '../protocol/route.ts';
import { notFound } from '../protocol/stripe-error.ts';
import type { World } from '../world/world.ts';
import { reportRefund } from './payment-records.ts';

function getRecord(world: World, id: string): PaymentRecord {
  const record = world.store.paymentRecords.get(id);
  if (record === undefined) throw notFound('payment_record', id);
  return record;
}

export const paymentRecordRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/v1/payment_records/:record',
    operation: (world: World, { id }: ApiRequest) => getRecord(world, id),
  },
  {
    method: 'POST',
    path: '/v1/payment_records/:record/report_refund',
    operation: (world: World, { id, params }: ApiRequest) =>
      reportRefund(world, getRecord(world, id), params),
  },
];
