/** Payment records: payments outside of Stripe that were reported to it. */
import type { PaymentRecord } from '../model/payment.ts';
import { mergeMetadata } from '../protocol/metadata.ts';
import type { Params } from '../protocol/params.ts';
import { add, change } from '../world/records.ts';
import type { World } from '../world/world.ts';

export function createPaymentRecord(
  world: World,
  { amount, currency }: { readonly amount: number; readonly currency: string },
): PaymentRecord {
  const row: PaymentRecord = {
    id: world.ids.next('pr_'),
    object: 'payment_record',
    amount: { currency, value: amount },
    amount_refunded: { currency, value: 0 },
    created: world.seconds(),
    livemode: false,
    metadata: {},
  };
  return add(world, world.store.paymentRecords, { row });
}

/** Reports a refund outside of Stripe. Without an amount, it is of all that is left. */
export function reportRefund(world: World, record: PaymentRecord, params: Params): PaymentRecord {
  const amount = params.object('amount');
  amount?.onlySimulates('currency', [record.amount.currency]);
  const value = amount?.integer('value');
  params.onlySimulates('outcome', ['refunded']);
  // No object shows when the processor refunded, or under which name.
  params.raw('refunded');
  params.raw('processor_details');
  const refunded = value === undefined ? record.amount.value : record.amount_refunded.value + value;
  return change(world, world.store.paymentRecords, {
    id: record.id,
    patch: {
      amount_refunded: { ...record.amount_refunded, value: refunded },
      metadata: mergeMetadata(record.metadata, params),
    },
  });
}
