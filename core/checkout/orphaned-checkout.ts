/**
 * A checkout that was paid for a user who is gone: the account was deleted while the payment page was open. Nobody
 * could use what was bought, and nobody could cancel it: it is ended, and the money goes back.
 */

import type { ProfileStore } from '../account/profile.ts';
import { meaningOf } from '../subscription/status.ts';
import type { CompletedCheckout } from '../sync/stripe-event.ts';
import type { SyncOutcome } from '../sync/sync.ts';
import type { Log } from '../system/log.ts';

export interface BoughtSubscription {
  readonly status: string;
  /** Unix seconds. */
  readonly startedAt: number;
  readonly endedAt: number | null;
}

export interface OrphanBilling {
  readBought(subscriptionId: string): Promise<BoughtSubscription | 'missing'>;
  cancelSubscription(subscriptionId: string): Promise<void>;
  /** All that was paid with the subscription's first invoice; what was refunded before is. Answers how many payments. */
  refundFirstPayment(subscriptionId: string, key: string): Promise<number>;
}

export type OrphanAction = 'cancel_and_refund' | 'refund' | 'leave';

/** The customer's deletion ends a subscription within moments of its start; what ran for longer was used. */
const NEVER_USED_SECONDS = 3_600;

export function actionFor(bought: BoughtSubscription): OrphanAction {
  const { alive, unknown } = meaningOf(bought.status);
  // What is not paid yet may be paid later, by a way of paying that takes its time.
  if (alive || unknown || bought.status === 'incomplete') return 'cancel_and_refund';
  const { startedAt, endedAt } = bought;
  return endedAt !== null && endedAt - startedAt < NEVER_USED_SECONDS ? 'refund' : 'leave';
}

/** Whose checkout this was is gone; or going, and the row still stood when it was brought up to date. */
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
  const bought = await billing.readBought(subscriptionId);
  const plan = bought === 'missing' ? 'leave' : actionFor(bought);
  try {
    if (plan === 'cancel_and_refund') await billing.cancelSubscription(subscriptionId);
    const refunds = plan === 'leave' ? 0 : await billing.refundFirstPayment(subscriptionId, sessionId);
    log.error('A checkout was paid for a user who is gone.', { ...alarm, action: plan, refunds });
  } catch (cause) {
    // Stripe may refuse for as long as it sends the event again: somebody must know by then.
    log.error('A checkout was paid for a user who is gone, and stands.', { ...alarm, action: plan }, cause);
    throw cause;
  }
  return plan;
}
