/** Computes the row's state from one user's subscriptions. Pure: it uses no clock, no event order and no payload. */
import { selectPlanItem, selectSubscriptions, selectTimedItem } from '../subscription/select.ts';
import { isKnownStatus, meaningOf, neverBegan } from '../subscription/status.ts';
import type { Subscription, SubscriptionItem } from '../subscription/subscription.ts';
import { begunIn, claimsOf, hasBegun, type Sold } from './claims.ts';
import { mergeClaims, stateOfClaims } from './merge-claims.ts';
import { noPlanOrder, type PlanOrder } from './plan-order.ts';
import {
  type AddOn,
  type Claim,
  type EntitlementRow,
  type EntitlementState,
  type PlanKeys,
  type Reversal,
  type SubscriptionState,
} from './row.ts';

export interface Projection {
  /** The subscriptions that count, the deciding one first. Empty: the user never had one. */
  readonly states: readonly SubscriptionState[];
  readonly sold: Sold;
  /** The keys of the plans of these states. Empty for a plan without one. */
  readonly planKeys: PlanKeys;
  /** The subscriptions whose open invoices say since when they are late. Absent: there is none. */
  readonly dated?: ReadonlySet<string>;
  readonly alarms: readonly ProjectionAlarm[];
}

export type ProjectionAlarm =
  /** This version does not know the status. It gives no access, and a person must look into it. */
  | { readonly kind: 'unknown_status'; readonly subscriptionId: string; readonly status: string }
  /** A live subscription has no period end. */
  | { readonly kind: 'missing_period'; readonly subscriptionId: string; readonly fatal: boolean };

/** `order`: which item of a subscription with several plans is the base plan. */
export function project(subscriptions: readonly Subscription[], order: PlanOrder = noPlanOrder): Projection {
  const unknown = subscriptions.filter((subscription) => !isKnownStatus(subscription.status));
  const alarms: ProjectionAlarm[] = unknown.map(({ id, status }) => {
    return { kind: 'unknown_status', subscriptionId: id, status };
  });
  const planKeys = new Map<string, readonly string[]>();
  const states = selectSubscriptions(subscriptions).map((subscription) => {
    const item = selectPlanItem(subscription.items, order);
    const state = stateOf(subscription, item);
    if (item !== undefined && state.plan !== null) planKeys.set(state.plan, item.keys);
    if (meaningOf(subscription.status).alive && state.currentPeriodEnd === null) {
      // An item without a period is a shape that this version does not know. A subscription without items is valid, and
      // gives no access, because nothing says when that ends.
      alarms.push({
        kind: 'missing_period',
        subscriptionId: subscription.id,
        fatal: subscription.items.length > 0,
      });
    }
    return state;
  });
  const dated = subscriptions.filter((one) => isLate(one) && typeof one.lateSince === 'number');
  return {
    states,
    sold: soldBy(subscriptions),
    planKeys: Object.fromEntries(planKeys),
    ...(dated.length === 0 ? {} : { dated: new Set(dated.map(({ id }) => id)) }),
    alarms,
  };
}

function soldBy(subscriptions: readonly Subscription[]): Sold {
  const begun = subscriptions.filter(({ status }) => hasBegun(status));
  const ids = begun.flatMap(({ id, items }) => [id, ...items.map(({ priceId }) => priceId)]);
  const ends = begun.flatMap(({ periodEnd, items }) => [periodEnd, ...items.map((item) => item.periodEnd)]);
  return { by: 'stripe', ids: new Set(ids), until: Math.max(0, ...ends.filter((end) => end !== null)) };
}

function stateOf(best: Subscription, item: SubscriptionItem | undefined): SubscriptionState {
  const { entitlement, alive } = meaningOf(best.status);
  const timed = item ?? selectTimedItem(best.items);
  const periodEnd = timed?.periodEnd ?? best.periodEnd;
  const periodStart = timed?.periodStart ?? best.periodStart;
  return {
    status: entitlement,
    // A subscription that has ended, or that never began, has no plan and no paid time.
    plan: alive ? (item?.priceId ?? null) : null,
    quantity: alive ? (item?.quantity ?? null) : null,
    addOns: alive ? addOnsOf(best, item) : [],
    currentPeriodEnd: alive ? periodEnd : null,
    trialExpiresAt: neverBegan(best.status) ? null : best.trialEnd,
    ...scheduledEnd(best, alive, periodEnd),
    // Without a date of an invoice: a failed renewal has already begun the unpaid period.
    pastDueSince: isLate(best) ? (best.lateSince ?? periodStart) : null,
    subscriptionId: best.id,
    stripeStatus: best.status,
    collectionPaused: alive && best.collectionPaused,
    paymentPending: alive && best.paymentPending === true,
  };
}

function isLate({ status }: Subscription): boolean {
  return status === 'past_due' || status === 'unpaid';
}

function addOnsOf({ items }: Subscription, plan: SubscriptionItem | undefined): readonly AddOn[] {
  const others = items.filter((one) => one !== plan && one.role !== 'other_product');
  return others.map(addOnOf).sort(byPrice);
}

function addOnOf({ priceId, quantity }: SubscriptionItem): AddOn {
  return { price: priceId, quantity };
}

function byPrice(a: AddOn, b: AddOn): number {
  return a.price < b.price ? -1 : 1;
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
export interface StripeFacts extends Pick<Projection, 'states' | 'sold' | 'planKeys' | 'dated'> {
  /** Null: the key has no permission to read them. `not_read`: the row keeps those that it has. */
  readonly features: readonly string[] | null | 'not_read';
  /** What was bought once. Absent: it was not read, because nothing about it can have changed, and the row keeps it. */
  readonly purchases?: readonly Claim[];
  /** By subscription. The row keeps the reversal of the current period of those that were not read. */
  readonly reversals: ReadonlyMap<string, Reversal | null>;
}

/**
 * Returns the state to write, given the current row: what Stripe has, and what only the row knows. That is what other writers
 * gave, the time since which the user is past due, and reversals that were not read.
 */
export function nextState(row: EntitlementRow | undefined, facts: StripeFacts): EntitlementState {
  const known = row === undefined ? [] : claimsOf(row);
  const claims = facts.states.map((state) => claimOf(state, facts, known));
  // An attempt to pay begins nothing, nor does what had begun before.
  const begunBefore = row === undefined ? [] : begunIn(row);
  const begins = facts.states.some(
    ({ stripeStatus, subscriptionId }) => hasBegun(stripeStatus) && !begunBefore.includes(subscriptionId),
  );
  const features = facts.features === 'not_read' ? (row?.features ?? null) : facts.features;
  const merged = mergeClaims(known, { source: 'stripe', claims, sold: facts.sold, begins });
  return stateOfClaims(withPurchases(merged, facts.purchases), features);
}

/** What lets the user in ends a trial that the app granted, as a subscription that begins does. */
function withPurchases(known: readonly Claim[], purchases: readonly Claim[] | undefined): readonly Claim[] {
  if (purchases === undefined) return known;
  const before = known.filter(({ source }) => source === 'purchase').map(({ origin }) => origin?.id);
  const begins = purchases.some(({ status, origin }) => status === 'active' && !before.includes(origin?.id));
  return mergeClaims(known, { source: 'purchase', claims: purchases, sold: null, begins });
}

function claimOf(state: SubscriptionState, facts: StripeFacts, known: readonly Claim[]): Claim {
  const before = known.find(({ subscriptionId }) => subscriptionId === state.subscriptionId);
  const read = facts.reversals.get(state.subscriptionId ?? '');
  const reversal = read === undefined ? keptReversal(before, state) : read;
  const isDated = facts.dated?.has(state.subscriptionId ?? '') ?? false;
  const pastDueSince = isDated ? state.pastDueSince : earliestPastDue(before, state);
  return { source: 'stripe', ...state, pastDueSince, reversal };
}

/** Without the date of an invoice: a second failure before the next sync does not move the end of the paid time. */
function earliestPastDue(before: Claim | undefined, state: SubscriptionState): number | null {
  if (state.pastDueSince === null) return null;
  return Math.min(before?.pastDueSince ?? state.pastDueSince, state.pastDueSince);
}

/** A reversal applies to the period of the reversed payment, and not to the next one. */
function keptReversal(before: Claim | undefined, state: SubscriptionState): Reversal | null {
  return before?.currentPeriodEnd === state.currentPeriodEnd ? before.reversal : null;
}
