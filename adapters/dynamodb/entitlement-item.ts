/** The entitlement row ↔ its item. Snake case is the table's own style; `updatedAt` is older than that. */
import type { EntitlementRow, EntitlementState, SyncState } from '../../core/entitlement/row.ts';
import { flagOf, type Item, secondsOf, textOf, textsOf } from './attributes.ts';
import { historyAttribute, historyIn, reversalIn } from './history-item.ts';

export function rowOf(sub: string, item: Item): EntitlementRow {
  return {
    sub,
    status: textOf(item, 'status') ?? 'none',
    plan: textOf(item, 'plan'),
    currentPeriodEnd: secondsOf(item, 'current_period_end'),
    trialExpiresAt: secondsOf(item, 'trial_expires_at'),
    cancelAtPeriodEnd: flagOf(item, 'cancel_at_period_end'),
    cancelAt: secondsOf(item, 'cancel_at'),
    pastDueSince: secondsOf(item, 'past_due_since'),
    subscriptionId: textOf(item, 'subscription_id'),
    stripeStatus: textOf(item, 'stripe_status'),
    collectionPaused: flagOf(item, 'collection_paused') ?? false,
    reversal: reversalIn(item),
    features: textsOf(item, 'features'),
    updatedAt: textOf(item, 'updatedAt'),
    syncedAt: secondsOf(item, 'synced_at'),
    customerIds: textsOf(item, 'stripe_customer_ids') ?? [],
    provisional: flagOf(item, 'provisional') ?? false,
    history: historyIn(item),
    fence: { version: item['version'] },
  };
}

/** Every attribute that this service owns; `null` where there is no value. Others beside them stay as they are. */
export function attributesOf(state: EntitlementState & SyncState): Readonly<Record<string, unknown>> {
  return {
    status: state.status,
    plan: state.plan,
    current_period_end: state.currentPeriodEnd,
    trial_expires_at: state.trialExpiresAt,
    cancel_at_period_end: state.cancelAtPeriodEnd,
    cancel_at: state.cancelAt,
    past_due_since: state.pastDueSince,
    subscription_id: state.subscriptionId,
    stripe_status: state.stripeStatus,
    collection_paused: state.collectionPaused ? true : null,
    reversal: state.reversal,
    features: state.features === null ? null : [...state.features],
    synced_at: state.syncedAt,
    stripe_customer_ids: state.customerIds.length > 0 ? [...state.customerIds] : null,
    provisional: state.provisional ? true : null,
    history: historyAttribute(state.history),
  };
}
