/** Compares a row with one listed subscription of its user. Pure, and makes no calls. */
import { claimsOf, endsWithPeriod, isReturned } from '../entitlement/claims.ts';
import { noPlanOrder, type PlanOrder } from '../entitlement/plan-order.ts';
import { nextState, type Projection, project } from '../entitlement/project.ts';
import type { Claim, EntitlementRow } from '../entitlement/row.ts';
import { stateDiffers } from '../entitlement/state-fields.ts';
import { isOfThisProduct, MAX_SUBSCRIPTIONS } from '../subscription/select.ts';
import { meaningOf } from '../subscription/status.ts';
import type { Subscription } from '../subscription/subscription.ts';
import { SYNC_MARGIN_SECONDS } from '../sync/includes.ts';

export type Difference =
  | 'row_missing'
  | 'row_differs'
  /** Stripe has a subscription that the row does not reflect and that may change it. */
  | 'subscription_not_synced'
  | 'customer_not_synced'
  | 'two_live_subscriptions';

export function compareSubscription(
  row: EntitlementRow | undefined,
  listed: Subscription,
  order: PlanOrder = noPlanOrder,
): Difference | undefined {
  const { alive, rank } = meaningOf(listed.status);
  const counts = isOfThisProduct(listed);
  if (row === undefined) return alive && counts ? 'row_missing' : undefined;
  const ofStripe = claimsOf(row).filter(({ source }) => source === 'stripe');
  const [deciding] = ofStripe;
  const claim = ofStripe.find(({ subscriptionId }) => subscriptionId === listed.id);
  // The price may have been called another product's since.
  if (!counts) return claim === undefined ? undefined : 'row_differs';
  if (claim !== undefined) {
    if (differs(row, claim, project([listed], order))) return 'row_differs';
    // The claims of the others are compared with their own listing. One of them reports that there are two.
    return alive && claim !== deciding && !hasReturned(claim) ? 'two_live_subscriptions' : undefined;
  }
  if (deciding === undefined || row.syncedAt === null) return 'subscription_not_synced';
  const known = meaningOf(deciding.stripeStatus ?? '');
  if (!row.customerIds.includes(listed.customerId) && rank <= known.rank) return 'customer_not_synced';
  // Every live subscription has a claim. Of the others, only what changed since the last sync can matter.
  const comparedAt = row.syncedAt - SYNC_MARGIN_SECONDS;
  const hasEnded = listed.endedAt !== null && listed.endedAt >= comparedAt;
  const isNew = rank === known.rank && listed.createdAt >= comparedAt;
  // A row keeps no more.
  if (alive && ofStripe.length >= MAX_SUBSCRIPTIONS) return 'two_live_subscriptions';
  return alive || hasEnded || isNew || rank < known.rank ? 'subscription_not_synced' : undefined;
}

/** Whether the payment went back, and the subscription ends before it bills again: the user does not pay for it. */
export function hasReturned(claim: Claim): boolean {
  return isReturned(claim.reversal) && endsWithPeriod(claim);
}

function differs(row: EntitlementRow, claim: Claim, projection: Projection): boolean {
  const { alarms: _, ...projected } = projection;
  const next = nextState(row, { ...projected, features: 'not_read', reversals: new Map() });
  const expected = next.claims.find(({ subscriptionId }) => subscriptionId === claim.subscriptionId);
  const isShown = Object.entries(projected.planKeys).every(([plan, keys]) => {
    return JSON.stringify(row.planKeys[plan] ?? []) === JSON.stringify(keys);
  });
  return row.provisional || !isShown || expected === undefined || stateDiffers(claim, expected, 'listing');
}
