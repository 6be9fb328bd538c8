/**
 * An orphaned checkout was paid for a deleted account: the account was deleted while the payment page was open. No user
 * can use or cancel the subscription, so it is canceled and the payment refunded.
 */
import type { OrphanBilling, PurchasedSubscription } from '../billing/billing.ts';
import { endSubscription, refundPurchase } from '../gate/act.ts';
import type { Evidence } from '../gate/decide.ts';
import { meaningOf } from '../subscription/status.ts';
import { type Clock, nowSeconds } from '../system/clock.ts';
import type { Log } from '../system/log.ts';

export type OrphanAction = 'cancel_and_refund' | 'refund' | 'leave';

/** The deletion of the customer cancels a new subscription within moments. One that ran for longer was used. */
export const NEVER_USED_SECONDS = 3_600;
/** Stripe reports a purchase for this long. A person decides about one that no event reported for longer. */
const REFUNDABLE_SECONDS = 30 * 86_400;

export function actionFor(
  purchased: Pick<PurchasedSubscription, 'status' | 'startedAt' | 'endedAt'>,
  atSeconds: number,
): OrphanAction {
  const { startedAt, endedAt } = purchased;
  if (startedAt < atSeconds - REFUNDABLE_SECONDS) return 'leave';
  if (!isOver(purchased)) return 'cancel_and_refund';
  return endedAt !== null && endedAt - startedAt < NEVER_USED_SECONDS ? 'refund' : 'leave';
}

/** Returns whether the subscription has ended. An incomplete one can still be paid, by a delayed payment method. */
export function isOver({ status }: Pick<PurchasedSubscription, 'status'>): boolean {
  const { alive, unknown } = meaningOf(status);
  return !(alive || unknown || status === 'incomplete');
}

export interface OrphanedCheckout {
  readonly sub: string;
  readonly sessionId: string;
  readonly subscriptionId: string;
}

export interface CanceledCheckout {
  readonly canceled: boolean;
  /** The number of refunded payments. */
  readonly refunds: number;
}

const nothing: CanceledCheckout = { canceled: false, refunds: 0 };

/** Changes nothing about a purchase that was used and has ended. */
export async function cancelOrphanedCheckout(
  services: { readonly billing: OrphanBilling; readonly log: Log; readonly clock: Pick<Clock, 'nowMs'> },
  checkout: OrphanedCheckout,
  evidence: Evidence,
): Promise<CanceledCheckout> {
  const { billing, log, clock } = services;
  const { subscriptionId, sessionId, sub } = checkout;
  const alarm = { metric: 'orphaned_checkout', user_id: sub, subscription_id: subscriptionId };
  const purchased = await billing.readPurchased(subscriptionId);
  if (purchased === 'missing') return nothing;
  const action = actionFor(purchased, nowSeconds(clock));
  if (action === 'leave' && isOver(purchased)) return nothing;
  const canceled = action === 'cancel_and_refund';
  try {
    if (canceled) await endSubscription(billing, { subscriptionId, evidence });
    const purchase = { subscriptionId, key: sessionId, evidence };
    const refunds = action === 'leave' ? 0 : await refundPurchase(billing, purchase);
    log.error('A checkout was paid for a deleted user.', { ...alarm, action, refunds });
    return { canceled, refunds };
  } catch (cause) {
    // If Stripe refuses every redelivery, an operator must act, so the log line raises an alarm.
    log.error('Could not refund a checkout paid for a deleted user.', { ...alarm, action }, cause);
    throw cause;
  }
}
