/** The row's history ↔ its attribute: a list of maps, the same names as the row's own attributes. */
import { type AccessState, type Change, type Reversal, reversals } from '../../core/entitlement/row.ts';
import { flagOf, type Item, isItem, secondsOf, textOf } from './attributes.ts';

export function historyIn(item: Item): readonly Change[] {
  const { history } = item;
  return Array.isArray(history) ? history.filter(isItem).map(changeOf) : [];
}

export function historyAttribute(history: readonly Change[]): readonly Item[] | null {
  return history.length === 0 ? null : history.map(entryOf);
}

export function reversalIn(item: Item): Reversal | null {
  const text = textOf(item, 'reversal');
  return reversals.find((known) => known === text) ?? null;
}

function changeOf(entry: Item): Change {
  return {
    at: secondsOf(entry, 'at'),
    by: textOf(entry, 'by') ?? 'unknown',
    before: { status: textOf(entry, 'status_before') ?? 'none', plan: textOf(entry, 'plan_before') },
    after: accessStateIn(entry),
  };
}

function accessStateIn(entry: Item): AccessState {
  return {
    status: textOf(entry, 'status') ?? 'none',
    plan: textOf(entry, 'plan'),
    currentPeriodEnd: secondsOf(entry, 'current_period_end'),
    trialExpiresAt: secondsOf(entry, 'trial_expires_at'),
    cancelAt: secondsOf(entry, 'cancel_at'),
    pastDueSince: secondsOf(entry, 'past_due_since'),
    subscriptionId: textOf(entry, 'subscription_id'),
    stripeStatus: textOf(entry, 'stripe_status'),
    collectionPaused: flagOf(entry, 'collection_paused') ?? false,
    reversal: reversalIn(entry),
  };
}

/** Absent stands for null: the item is read at every request of a user, and paid for by its size. */
function entryOf({ at, by, before, after }: Change): Item {
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
