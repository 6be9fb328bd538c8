/** Converts between the row's history and its attribute, a list of maps with the names of the row's attributes. */
import { type AccessState, type Change, type Reversal, reversals } from '../../core/entitlement/row.ts';
import { flagAt, recordsIn, textAt, type UnknownRecord } from '../../core/system/record.ts';
import { secondsAt } from './attributes.ts';

export function historyIn(item: UnknownRecord): readonly Change[] {
  const { history } = item;
  return Array.isArray(history) ? recordsIn(history).map(changeOf) : [];
}

export function historyAttribute(history: readonly Change[]): readonly UnknownRecord[] | null {
  return history.length === 0 ? null : history.map(entryOf);
}

export function reversalIn(item: UnknownRecord): Reversal | null {
  const text = textAt(item, 'reversal');
  return reversals.find((known) => known === text) ?? null;
}

function changeOf(entry: UnknownRecord): Change {
  return {
    at: secondsAt(entry, 'at'),
    by: textAt(entry, 'by') ?? 'unknown',
    before: { status: textAt(entry, 'status_before') ?? 'none', plan: textAt(entry, 'plan_before') },
    after: accessStateIn(entry),
  };
}

function accessStateIn(entry: UnknownRecord): AccessState {
  return {
    status: textAt(entry, 'status') ?? 'none',
    plan: textAt(entry, 'plan'),
    currentPeriodEnd: secondsAt(entry, 'current_period_end'),
    trialExpiresAt: secondsAt(entry, 'trial_expires_at'),
    cancelAt: secondsAt(entry, 'cancel_at'),
    pastDueSince: secondsAt(entry, 'past_due_since'),
    subscriptionId: textAt(entry, 'subscription_id'),
    stripeStatus: textAt(entry, 'stripe_status'),
    collectionPaused: flagAt(entry, 'collection_paused') ?? false,
    reversal: reversalIn(entry),
  };
}

/** Omits null values, because every request of a user reads the item and DynamoDB charges by its size. */
function entryOf({ at, by, before, after }: Change): UnknownRecord {
  const attributes = {
    at,
    by,
    status_before: before.status,
    plan_before: before.plan,
    status: after.status,
    plan: after.plan,
    current_period_end: after.currentPeriodEnd,
    trial_expires_at: after.trialExpiresAt,
    cancel_at: after.cancelAt,
    past_due_since: after.pastDueSince,
    subscription_id: after.subscriptionId,
    stripe_status: after.stripeStatus,
    collection_paused: after.collectionPaused ? true : null,
    reversal: after.reversal,
  };
  return Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== null));
}
