/**
 * Finds the subscriptions whose payment for the current period went back to the user, and with it the access. They keep no one
 * from buying again. They must not bill again either, so they end with the period.
 */
import type { SubscriptionReader } from '../billing/billing.ts';
import { grantingClaims } from '../entitlement/access.ts';
import { claimsOf, isReturned } from '../entitlement/claims.ts';
import { withPlanKeys } from '../entitlement/plan-keys.ts';
import { noPlanOrder } from '../entitlement/plan-order.ts';
import type { AccessPolicy } from '../entitlement/policy.ts';
import type { EntitlementRow } from '../entitlement/row.ts';
import { isOfThisProduct } from '../subscription/select.ts';
import { meaningOf } from '../subscription/status.ts';
import type { Subscription } from '../subscription/subscription.ts';
import { type Clock, nowSeconds } from '../system/clock.ts';

export interface ReturnedServices {
  readonly billing: Pick<SubscriptionReader, 'readReversal'>;
  readonly policy: AccessPolicy;
  readonly clock: Pick<Clock, 'nowMs'>;
}

/**
 * Returns their ids. The row must show the reversal, and Stripe is asked once more. Nothing is asked if another subscription
 * refuses the purchase anyway.
 */
export async function returnedSubscriptions(
  { billing, policy, clock }: ReturnedServices,
  row: EntitlementRow | undefined,
  subscriptions: readonly Subscription[],
): Promise<ReadonlySet<string>> {
  const live = subscriptions.filter((one) => isOfThisProduct(one) && meaningOf(one.status).alive);
  if (row === undefined || !live.every((one) => isShownReturned(row, one, { policy, clock }))) return none;
  const { planOrder = noPlanOrder } = policy;
  const readings = await Promise.all(
    live.map((one) => billing.readReversal(one.id, { planOrder, known: one })),
  );
  return readings.every((reading) => reading !== 'unclear' && isReturned(reading))
    ? new Set(live.map(({ id }) => id))
    : none;
}

const none: ReadonlySet<string> = new Set();

/** Whether the row shows that the payment went back, and that the policy denies access for that. */
function isShownReturned(
  row: EntitlementRow,
  { id, status }: Subscription,
  { policy, clock }: Pick<ReturnedServices, 'policy' | 'clock'>,
): boolean {
  const claim = claimsOf(row).find(({ subscriptionId }) => subscriptionId === id);
  if (status !== 'active' || claim === undefined || !isReturned(claim.reversal)) return false;
  return grantingClaims([claim], nowSeconds(clock), withPlanKeys(policy, row.planKeys)).length === 0;
}

/** Returns when the first of its items would be billed again. */
export function nextBillAt({ items, periodEnd }: Subscription): number | null {
  const ends = items.map((item) => item.periodEnd ?? periodEnd).filter((end) => end !== null);
  return ends.length === 0 ? null : Math.min(...ends);
}

/** Whether it ends before it would bill again. */
export function endsUnbilled(subscription: Subscription): boolean {
  const { cancelAt, cancelAtPeriodEnd, items } = subscription;
  const next = nextBillAt(subscription);
  if (cancelAt !== null) return next !== null && cancelAt <= next;
  // With mixed intervals, that period may end long after the next bill.
  return cancelAtPeriodEnd && new Set(items.map(({ periodEnd }) => periodEnd)).size <= 1;
}
