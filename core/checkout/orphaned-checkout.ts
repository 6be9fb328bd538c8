/**
 * An orphaned checkout is a purchase of a user who is deleted or being deleted, and who had no time to use it. It is
 * canceled and the payment refunded.
 */
import type { FirstPayment, OrphanBilling, PurchasedSubscription } from '../billing/billing.ts';
import { endSubscription, refundPurchase } from '../gate/act.ts';
import type { Evidence } from '../gate/decide.ts';
import { hasEnded } from '../subscription/status.ts';
import { type Clock, nowSeconds } from '../system/clock.ts';
import type { Log } from '../system/log.ts';

export type OrphanAction = 'cancel_and_refund' | 'refund' | 'leave';

/** A purchase that its user had for this long was used. */
export const USED_AFTER_SECONDS = 3_600;
/** Stripe reports a purchase for this long. A person decides about one that no event reported for longer. */
const REFUNDABLE_SECONDS = 30 * 86_400;

export type Purchase = Pick<PurchasedSubscription, 'status' | 'startedAt' | 'endedAt'> &
  Pick<FirstPayment, 'paidAt'>;

export interface PurchaseMoment {
  readonly nowSeconds: number;
  /** When the user requested the deletion, in Unix seconds. Null if no request is on record. */
  readonly requestedAt: number | null;
}

/**
 * Decides by how long the user had the purchase: from its payment to its end or to the request to delete, whichever came
 * first. A repeated request is recorded with its own time, and may be later than the end that the first one caused.
 */
export function actionFor(
  purchase: Purchase,
  { nowSeconds: now, requestedAt }: PurchaseMoment,
): OrphanAction {
  const { startedAt, endedAt, paidAt } = purchase;
  const beganAt = Math.max(startedAt, paidAt ?? startedAt);
  if (beganAt < now - REFUNDABLE_SECONDS) return 'leave';
  const until = [requestedAt, endedAt].filter((at) => at !== null);
  if (until.length === 0) return isOver(purchase) ? 'leave' : 'cancel_and_refund';
  if (Math.min(...until) - beganAt >= USED_AFTER_SECONDS) return 'leave';
  return isOver(purchase) ? 'refund' : 'cancel_and_refund';
}

export function isOver({ status }: Pick<Purchase, 'status'>): boolean {
  return hasEnded(status);
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

export interface CancelTerms {
  readonly evidence: Evidence;
  /** When the user requested the deletion, in Unix seconds. Null if no request is on record. */
  readonly requestedAt: number | null;
  /** Called once the subscription is canceled. What follows may still fail, and the cancellation remains. */
  readonly onCanceled: () => void;
}

/** Changes nothing about a purchase that was used and has ended. */
export async function cancelOrphanedCheckout(
  services: { readonly billing: OrphanBilling; readonly log: Log; readonly clock: Pick<Clock, 'nowMs'> },
  checkout: OrphanedCheckout,
  { evidence, requestedAt, onCanceled }: CancelTerms,
): Promise<CanceledCheckout> {
  const { billing, log, clock } = services;
  const { subscriptionId, sessionId, sub } = checkout;
  const alarm = { metric: 'orphaned_checkout', user_id: sub, subscription_id: subscriptionId };
  const purchased = await billing.readPurchased(subscriptionId);
  if (purchased === 'missing') return nothing;
  const { paidAt } = await billing.readFirstPayment(subscriptionId);
  const action = actionFor({ ...purchased, paidAt }, { nowSeconds: nowSeconds(clock), requestedAt });
  if (action === 'leave' && isOver(purchased)) return nothing;
  let canceled = false;
  try {
    if (action === 'cancel_and_refund') {
      await endSubscription(billing, { subscriptionId, evidence });
      canceled = true;
      onCanceled();
    }
    const purchase = { subscriptionId, key: sessionId, evidence };
    const refunds = action === 'leave' ? 0 : await refundPurchase(billing, purchase);
    log.error('A checkout was paid for a deleted user.', { ...alarm, action, refunds });
    return { canceled, refunds };
  } catch (cause) {
    // If Stripe refuses every redelivery, an operator must act, so the log line raises an alarm.
    log.error('Could not refund a checkout paid for a deleted user.', { ...alarm, action, canceled }, cause);
    throw cause;
  }
}
