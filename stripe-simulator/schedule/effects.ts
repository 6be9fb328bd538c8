/** Makes happen what was scheduled for a record: the results of debits, refunds, disputes and payouts. */
import { payPayout } from '../balance/payouts.ts';
import { finishDelayedCheckout } from '../checkout/checkout-delayed.ts';
import { decideDispute } from '../disputes/disputes.ts';
import { settlePayment } from '../invoices/collection.ts';
import type { EffectName } from '../model/later-effect.ts';
import { expireAuthorization } from '../payment-intents/intent-capture.ts';
import { finishRefund } from '../payments/refunds.ts';
import type { World } from '../world/world.ts';

const effects: Readonly<Record<EffectName, (world: World, subject: string) => void>> = {
  settle_payment: (world, intent) => {
    const settlement = settlePayment(world, intent);
    if (settlement !== undefined) finishDelayedCheckout(world, settlement);
  },
  expire_authorization: expireAuthorization,
  settle_refund: finishRefund,
  close_dispute: decideDispute,
  pay_payout: payPayout,
};

export function takeEffect(world: World, id: string): void {
  const row = world.store.laterEffects.get(id);
  if (row === undefined) return;
  world.store.laterEffects.drop(id);
  effects[row.effect](world, row.subject);
}
