/** Payment records: payments outside of Stripe that were reported to it. */
import type { PaymentRecord } from '../model/payment.ts';
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
export function reportRefund(world: World, record: PaymentRecord, value: number | undefined): PaymentRecord {
  const refunded = value === undefined ? record.amount.value : record.amount_refunded.value + value;
  return change(world, world.store.paymentRecords, {
    id: record.id,
    patch: { amount_refunded: { ...record.amount_refunded, value: refunded } },
  });
}
