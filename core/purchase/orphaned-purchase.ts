/**
 * An orphaned purchase was bought once by a user who is deleted or being deleted, and who had no time to use it. It is refunded.
 */
import type { OrphanBilling } from '../billing/billing.ts';
import { USED_AFTER_SECONDS } from '../checkout/orphaned-checkout.ts';
import { refundOneTime } from '../gate/act.ts';
import type { Evidence } from '../gate/decide.ts';
import type { Log } from '../system/log.ts';

/**
 * Returns whether the user provably had no time to use it: less than an hour passed between its payment and the request to
 * delete, or the deletion of the customer, or now. All are in Unix seconds; null: nothing was paid.
 */
export function isUnused(beganAt: number | null, endedAt: number): boolean {
  return beganAt !== null && endedAt - beganAt < USED_AFTER_SECONDS;
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
