/**
 * An orphaned purchase was bought once by a user who is deleted or being deleted, and who had no time to use it. It is refunded.
 */
import type { OrphanBilling, Sale } from '../billing/billing.ts';
import { USED_AFTER_SECONDS } from '../checkout/orphaned-checkout.ts';
import { refundOneTime } from '../gate/act.ts';
import type { Evidence } from '../gate/decide.ts';
import type { Log } from '../system/log.ts';

export interface PurchaseMoment {
  readonly nowSeconds: number;
  /** When the user requested the deletion, in Unix seconds. Null if no request is on record. */
  readonly requestedAt: number | null;
  /** When a delayed payment succeeded, as its event says. */
  readonly paidAt: number | null;
}

/**
 * Returns whether the user provably had no time to use it: less than an hour passed between its payment and the request to
 * delete. Once the account is deleted, nothing says when that was. Then less than an hour must have passed until now.
 */
export function isUnused(
  { chargedAt }: Pick<Sale, 'chargedAt'>,
  { nowSeconds, requestedAt, paidAt }: PurchaseMoment,
): boolean {
  const beganAt = paidAt ?? chargedAt;
  return beganAt !== null && (requestedAt ?? nowSeconds) - beganAt < USED_AFTER_SECONDS;
}

/** Returns the number of refunds. */
export async function refundOrphanedPurchase(
  { billing, log }: { readonly billing: Pick<OrphanBilling, 'refundSale'>; readonly log: Log },
  {
    sub,
    sessionId,
    evidence,
  }: { readonly sub: string; readonly sessionId: string; readonly evidence: Evidence },
): Promise<number> {
  const alarm = { metric: 'orphaned_checkout', user_id: sub, session_id: sessionId, action: 'refund' };
  try {
    const refunds = await refundOneTime(billing, { sessionId, evidence });
    if (refunds > 0) log.error('A one-time purchase was paid for a deleted user.', { ...alarm, refunds });
    return refunds;
  } catch (cause) {
    // If Stripe refuses every redelivery, an operator must act, so the log line raises an alarm.
    log.error('Could not refund a one-time purchase paid for a deleted user.', alarm, cause);
    throw cause;
  }
}
