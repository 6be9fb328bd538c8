/** Compares a row with one listed subscription of its user. Pure, and makes no calls. */
import { nextState, project } from '../entitlement/project.ts';
import type { EntitlementRow } from '../entitlement/row.ts';
import { stateDiffers } from '../entitlement/state-fields.ts';
import { meaningOf } from '../subscription/status.ts';
import type { Subscription } from '../subscription/subscription.ts';
import { SYNC_MARGIN_SECONDS } from '../sync/sync.ts';

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
): Difference | undefined {
  const { alive, rank } = meaningOf(listed.status);
  if (row === undefined) return alive ? 'row_missing' : undefined;
  if (row.subscriptionId === listed.id) return differs(row, listed) ? 'row_differs' : undefined;
  if (row.subscriptionId === null || row.syncedAt === null) return 'subscription_not_synced';
  const known = meaningOf(row.stripeStatus ?? '');
  if (!row.customerIds.includes(listed.customerId) && rank <= known.rank) return 'customer_not_synced';
  // The last sync weighed every subscription of its time. Only what changed since then can matter.
  const comparedAt = row.syncedAt - SYNC_MARGIN_SECONDS;
  // Even a subscription that does not decide the status grants features, which its end removes.
  if (listed.endedAt !== null && listed.endedAt >= comparedAt) return 'subscription_not_synced';
  const isNew = listed.createdAt >= comparedAt;
  if (rank < known.rank || (rank === known.rank && isNew)) return 'subscription_not_synced';
  return alive && known.alive ? 'two_live_subscriptions' : undefined;
}

function differs(row: EntitlementRow, listed: Subscription): boolean {
  const subscriptions = project([listed]).state;
  const next = nextState(row, { subscriptions, features: row.features, reversal: 'not_read' });
  return row.provisional || stateDiffers(row, next, 'listing');
}
