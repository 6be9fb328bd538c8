/**
 * An orphaned checkout was paid for a deleted account: the account was deleted while the payment page was open. No user
 * can use or cancel the subscription, so it is canceled and the payment refunded.
 */

import type { ProfileStore } from '../account/profile.ts';
import type { OrphanBilling, PurchasedSubscription } from '../billing/billing.ts';
import { meaningOf } from '../subscription/status.ts';
import type { CompletedCheckout } from '../sync/stripe-event.ts';
import type { SyncOutcome } from '../sync/sync.ts';
import type { Log } from '../system/log.ts';

export type OrphanAction = 'cancel_and_refund' | 'refund' | 'leave';

/** The deletion of the customer cancels a new subscription within moments. One that ran for longer was used. */
const NEVER_USED_SECONDS = 3_600;

export function actionFor(purchased: PurchasedSubscription): OrphanAction {
  const { alive, unknown } = meaningOf(purchased.status);
  // An incomplete subscription can still be paid, by a delayed payment method.
  if (alive || unknown || purchased.status === 'incomplete') return 'cancel_and_refund';
  const { startedAt, endedAt } = purchased;
  return endedAt !== null && endedAt - startedAt < NEVER_USED_SECONDS ? 'refund' : 'leave';
}

/** Returns whether the checkout's user is deleted, or is being deleted while the row still exists. */
export async function isOrphaned(
  { profiles }: { readonly profiles: Pick<ProfileStore, 'read'> },
  outcome: Exclude<SyncOutcome, { readonly kind: 'unknown_customer' }>,
): Promise<boolean> {
  if (outcome.kind === 'no_such_user') return true;
  const profile = await profiles.read(outcome.sub);
  return profile !== undefined && profile.deletion !== null;
}

export async function cancelOrphanedCheckout(
  services: { readonly billing: OrphanBilling; readonly log: Log },
  checkout: CompletedCheckout,
  sub: string,
): Promise<OrphanAction> {
  const { billing, log } = services;
  const { subscriptionId, sessionId } = checkout;
  const alarm = { metric: 'orphaned_checkout', user_id: sub, subscription_id: subscriptionId };
  const purchased = await billing.readPurchased(subscriptionId);
  const action = purchased === 'missing' ? 'leave' : actionFor(purchased);
  try {
    if (action === 'cancel_and_refund') await billing.cancelSubscription(subscriptionId);
    const refunds = action === 'leave' ? 0 : await billing.refundFirstPayment(subscriptionId, sessionId);
    log.error('A checkout was paid for a deleted user.', { ...alarm, action, refunds });
  } catch (cause) {
    // If Stripe refuses every redelivery, an operator must act, so the log line raises an alarm.
    log.error('Could not refund a checkout paid for a deleted user.', { ...alarm, action }, cause);
    throw cause;
  }
  return action;
}
