/** Stripe's subscriptions of one user → what the row should say. Pure: no clock, no order of events, no payloads. */
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
  /** A status that this version does not know: no access, until somebody looks. */
  | { readonly kind: 'unknown_status'; readonly subscriptionId: string; readonly status: string }
  /** A live subscription whose paid time is nowhere to be found. */
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
    // An item without a period is a shape of tomorrow; a subscription without items is merely odd.
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
    // What has ended at Stripe, or never began, has no plan and no paid time.
    plan: alive ? (item?.priceId ?? null) : null,
    currentPeriodEnd: alive ? periodEnd : null,
    trialExpiresAt: neverBegan(best.status) ? null : best.trialEnd,
    ...scheduledEnd(best, alive, periodEnd),
    // A failed renewal has already begun the period that is not paid for.
    pastDueSince: best.status === 'past_due' || best.status === 'unpaid' ? periodStart : null,
    subscriptionId: best.id,
    stripeStatus: best.status,
    collectionPaused: alive && best.collectionPaused,
  };
}

/** Flexible billing sets `cancel_at` alone and leaves `cancel_at_period_end` false: either of them is an end. */
function scheduledEnd(
  best: Subscription,
  alive: boolean,
  periodEnd: number | null,
): Pick<SubscriptionState, 'cancelAtPeriodEnd' | 'cancelAt'> {
  if (!alive) return { cancelAtPeriodEnd: null, cancelAt: null };
  const atPeriodEnd = best.cancelAtPeriodEnd || (best.cancelAt !== null && best.cancelAt === periodEnd);
  return { cancelAtPeriodEnd: atPeriodEnd, cancelAt: best.cancelAt ?? (atPeriodEnd ? periodEnd : null) };
}

/** What was found out at Stripe beside the subscriptions. `not_read`: what is known of the period stays. */
export interface StripeFacts {
  readonly subscriptions: SubscriptionState;
  readonly features: readonly string[] | null;
  readonly reversal: Reversal | null | 'not_read';
}

/**
 * What to write, given what stands. Two things are the row's own and not Stripe's: a free trial that the app gave
 * before any subscription, which an attempt to pay must not end, and the moment from which a user is past due.
 */
export function nextState(row: EntitlementRow | undefined, found: StripeFacts): EntitlementState {
  const { subscriptions: projected, features } = found;
  const reversal = found.reversal === 'not_read' ? reversalKept(row, projected) : found.reversal;
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

/** Money that went back counts for the period that it was paid for, and not for the next. */
function reversalKept(row: EntitlementRow | undefined, projected: SubscriptionState): Reversal | null {
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
