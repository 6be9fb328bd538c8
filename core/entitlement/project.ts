/** Computes the row's state from one user's subscriptions. Pure: it uses no clock, no event order and no payload. */
import { selectPlanItem, selectSubscription } from '../subscription/select.ts';
import { isKnownStatus, meaningOf, neverBegan } from '../subscription/status.ts';
import type { Subscription, SubscriptionItem } from '../subscription/subscription.ts';
import {
  type EntitlementRow,
  type EntitlementState,
  emptySubscriptionState,
  type Reversal,
  type SubscriptionState,
} from './row.ts';

export interface Projection {
  readonly state: SubscriptionState;
  readonly alarms: readonly ProjectionAlarm[];
}

export type ProjectionAlarm =
  /** This version does not know the status. It gives no access, and a person must look into it. */
  | { readonly kind: 'unknown_status'; readonly subscriptionId: string; readonly status: string }
  /** A live subscription has no period end. */
  | { readonly kind: 'missing_period'; readonly subscriptionId: string; readonly fatal: boolean };

export function project(subscriptions: readonly Subscription[]): Projection {
  const best = selectSubscription(subscriptions);
  const unknown = subscriptions.filter((subscription) => !isKnownStatus(subscription.status));
  const alarms: ProjectionAlarm[] = unknown.map(({ id, status }) => {
    return { kind: 'unknown_status', subscriptionId: id, status };
  });
  if (best === undefined) return { state: emptySubscriptionState, alarms };
  const item = selectPlanItem(best.items);
  const state = stateOf(best, item);
  if (meaningOf(best.status).alive && state.currentPeriodEnd === null) {
    // An item without a period is a shape that this version does not know. A subscription without items is valid.
    alarms.push({ kind: 'missing_period', subscriptionId: best.id, fatal: item !== undefined });
  }
  return { state, alarms };
}

function stateOf(best: Subscription, item: SubscriptionItem | undefined): SubscriptionState {
  const { entitlement, alive } = meaningOf(best.status);
  const periodEnd = item?.periodEnd ?? best.periodEnd;
  const periodStart = item?.periodStart ?? best.periodStart;
  return {
    status: entitlement,
    // A subscription that has ended, or that never began, has no plan and no paid time.
    plan: alive ? (item?.priceId ?? null) : null,
    currentPeriodEnd: alive ? periodEnd : null,
    trialExpiresAt: neverBegan(best.status) ? null : best.trialEnd,
    ...scheduledEnd(best, alive, periodEnd),
    // A failed renewal has already begun the unpaid period.
    pastDueSince: best.status === 'past_due' || best.status === 'unpaid' ? periodStart : null,
    subscriptionId: best.id,
    stripeStatus: best.status,
    collectionPaused: alive && best.collectionPaused,
  };
}

/** Flexible billing sets `cancel_at` and leaves `cancel_at_period_end` false, so either one is a scheduled end. */
function scheduledEnd(
  best: Subscription,
  alive: boolean,
  periodEnd: number | null,
): Pick<SubscriptionState, 'cancelAtPeriodEnd' | 'cancelAt'> {
  if (!alive) return { cancelAtPeriodEnd: null, cancelAt: null };
  const atPeriodEnd = best.cancelAtPeriodEnd || (best.cancelAt !== null && best.cancelAt === periodEnd);
  return { cancelAtPeriodEnd: atPeriodEnd, cancelAt: best.cancelAt ?? (atPeriodEnd ? periodEnd : null) };
}

/** What a sync read from Stripe for one user. */
export interface StripeFacts {
  readonly subscriptions: SubscriptionState;
  readonly features: readonly string[] | null;
  /** `not_read`: the row keeps the reversal of the current period. */
  readonly reversal: Reversal | null | 'not_read';
}

/**
 * Returns the state to write, given the current row. Only the row knows two things: a free trial that the app granted
 * before any subscription, which an attempt to pay must not end, and the time since which the user is past due.
 */
export function nextState(row: EntitlementRow | undefined, facts: StripeFacts): EntitlementState {
  const { subscriptions: projected, features } = facts;
  const reversal = facts.reversal === 'not_read' ? keptReversal(row, projected) : facts.reversal;
  const state = { ...projected, reversal, features };
  if (row === undefined) return state;
  if (isAppTrial(row) && neverBegan(projected.stripeStatus)) {
    const status = row.status === 'trial_expired' ? 'trial_expired' : 'trialing';
    return { ...state, status, trialExpiresAt: row.trialExpiresAt };
  }
  if (
    projected.pastDueSince !== null &&
    row.pastDueSince !== null &&
    row.subscriptionId === projected.subscriptionId
  ) {
    return { ...state, pastDueSince: Math.min(row.pastDueSince, projected.pastDueSince) };
  }
  return state;
}

/** A reversal applies to the period of the reversed payment, and not to the next one. */
function keptReversal(row: EntitlementRow | undefined, projected: SubscriptionState): Reversal | null {
  const samePeriod =
    row?.subscriptionId === projected.subscriptionId && row.currentPeriodEnd === projected.currentPeriodEnd;
  return samePeriod ? row.reversal : null;
}

function isAppTrial(row: EntitlementRow): boolean {
  return (
    (row.status === 'trialing' || row.status === 'trial_expired') &&
    row.plan === null &&
    neverBegan(row.stripeStatus)
  );
}
