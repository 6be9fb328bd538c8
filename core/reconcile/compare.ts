/** Whether a row agrees with one subscription of its user, as a listing shows it: without a call of its own. Pure. */
import { nextState, project } from '../entitlement/project.ts';
import type { EntitlementRow, SubscriptionState } from '../entitlement/row.ts';
import { meaningOf } from '../subscription/status.ts';
import type { Subscription } from '../subscription/subscription.ts';
import { SYNC_MARGIN_SECONDS } from '../sync/sync.ts';

export type Difference =
  | 'row_missing'
  | 'row_differs'
  /** Stripe has a better one than the row knows of. */
  | 'subscription_unseen'
  | 'customer_unseen'
  | 'two_live_subscriptions';

const compared: readonly (keyof SubscriptionState)[] = [
  'status',
  'plan',
  'currentPeriodEnd',
  'trialExpiresAt',
  'cancelAtPeriodEnd',
  'cancelAt',
  'stripeStatus',
  'collectionPaused',
];

export function compare(row: EntitlementRow | undefined, listed: Subscription): Difference | undefined {
  const { alive, rank } = meaningOf(listed.status);
  if (row === undefined) return alive ? 'row_missing' : undefined;
  if (row.subscriptionId === listed.id) return differs(row, listed) ? 'row_differs' : undefined;
  if (row.subscriptionId === null || row.syncedAt === null) return 'subscription_unseen';
  const known = meaningOf(row.stripeStatus ?? '');
  if (!row.customerIds.includes(listed.customerId) && rank <= known.rank) return 'customer_unseen';
  // What was there at the last look was weighed then; since then it can only have become better or worse.
  const lookedAt = row.syncedAt - SYNC_MARGIN_SECONDS;
  // It does not decide, but its end took features with it.
  if (listed.endedAt !== null && listed.endedAt >= lookedAt) return 'subscription_unseen';
  const isNew = listed.createdAt >= lookedAt;
  if (rank < known.rank || (rank === known.rank && isNew)) return 'subscription_unseen';
  return alive && known.alive ? 'two_live_subscriptions' : undefined;
}

function differs(row: EntitlementRow, listed: Subscription): boolean {
  const subscriptions = project([listed]).state;
  const next = nextState(row, { subscriptions, features: row.features, reversal: 'not_read' });
  return row.provisional || compared.some((name) => row[name] !== next[name]);
}
