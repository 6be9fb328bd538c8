/** Computes the expected answer of `GET /me/entitlements` from what all sources say. Written only from docs/contract.md. */
import { type ExpectedState, noSubscription, type Order, placeInOrder, placeOf } from './state.ts';

export type Reversal = 'refunded' | 'dispute_open' | 'dispute_lost' | 'voided' | 'uncollectible';
export type Rule = 'granted' | 'denied' | { readonly graceSeconds: number };

export interface Policy {
  readonly renewalGraceSeconds: number;
  readonly rules: Readonly<
    Record<'past_due' | 'unpaid' | 'paused' | 'collection_paused' | 'payment_pending' | Reversal, Rule>
  >;
  readonly order?: Order;
}

/** What applies without the setting `ACCESS_POLICY`. */
export const defaultPolicy: Policy = {
  renewalGraceSeconds: 72 * 3_600,
  rules: {
    past_due: 'denied',
    unpaid: 'denied',
    paused: 'denied',
    collection_paused: 'granted',
    payment_pending: 'denied',
    refunded: 'denied',
    dispute_open: 'granted',
    dispute_lost: 'denied',
    voided: 'granted',
    uncollectible: 'denied',
  },
};

type Source = 'stripe' | 'app_store' | 'play_store' | 'amazon' | 'web' | 'grant' | 'trial' | null;

/** What the user has bought, or what other code or a person has written into the row. */
export interface Purchase {
  readonly state: Omit<ExpectedState, 'status'> & { readonly status: string };
  /** How the payment for the current period was reversed. */
  readonly reversal: Reversal | null;
  /** Set for a purchase in an app store, and for a grant. */
  readonly origin?: {
    readonly id: string;
    readonly source: Source;
    readonly manageUrl: string | null;
    readonly features: readonly string[];
  };
}

export interface Facts {
  /** Those of Stripe, then of stores, then grants, then those of others. The first of equals decides. */
  readonly purchases: readonly Purchase[];
  /** The lookup keys of the features in Stripe. */
  readonly features: readonly string[];
  /** By plan, the other names by which the order can list it: lookup keys, products, and what it unlocks in a store. */
  readonly otherNames?: Readonly<Record<string, readonly string[]>>;
}

/** What the row shows: the purchase with the best status, without a reversal, with a plan, and with the latest end. */
export function decidingOf(purchases: readonly Purchase[]): Purchase {
  let left = purchases;
  for (const measure of [placeIn, reversedFirst, planless, (one: Purchase) => -endOf(one)]) {
    const least = Math.min(...left.map(measure));
    left = left.filter((purchase) => measure(purchase) === least);
  }
  return left[0] ?? { state: noSubscription, reversal: null };
}

function placeIn({ state: { status, stripeStatus } }: Purchase): number {
  return placeOf(stripeStatus ?? (status === 'trial_expired' ? 'canceled' : status));
}

function reversedFirst({ reversal }: Purchase): number {
  return reversal === null || reversal === 'dispute_open' || reversal === 'voided' ? 0 : 1;
}

function planless({ state }: Purchase): number {
  return state.plan === null ? 1 : 0;
}

function endOf({ state }: Purchase): number {
  const onTrial = state.status === 'trialing' ? trialEnd(state) : undefined;
  const end = onTrial === undefined ? paidUntil(state) : onTrial;
  return end ?? Number.POSITIVE_INFINITY;
}

export interface ExpectedAnswer {
  readonly access_granted: boolean;
  readonly access_reason: string;
  readonly status: string;
  readonly plan: string | null;
  readonly quantity: number | null;
  readonly add_ons: readonly object[];
  readonly current_period_end: number | null;
  readonly trial_expires_at: number | null;
  readonly trial_active: boolean;
  readonly trial_days_remaining: number;
  readonly cancel_at_period_end: boolean | null;
  readonly cancel_at: number | null;
  readonly features: readonly string[];
  readonly source: Source;
  readonly manage_url: string | null;
  readonly payment_pending: boolean;
}

const DAY_SECONDS = 86_400;

export function expectedAnswer(facts: Facts, nowSeconds: number, policy: Policy): ExpectedAnswer {
  const { features, purchases } = facts;
  const granting = purchases.filter((one) => expectedAccess(one, nowSeconds, policy)[0]);
  const continuing = purchases.filter((one) => !isOver(one, nowSeconds));
  const highest = highestOf(granting, placesIn(facts, policy));
  const candidates = [highest, continuing, purchases].find(({ length }) => length > 0) ?? [];
  const deciding = decidingOf(candidates);
  const { state } = deciding;
  const [granted, reason] = expectedAccess(deciding, nowSeconds, policy);
  const secondsOfTrial = state.status === 'trialing' ? (trialEnd(state) ?? 0) - nowSeconds : null;
  return {
    access_granted: granted,
    access_reason: reason,
    status: ['active', 'trialing', 'past_due', 'canceled'].includes(state.status) ? state.status : 'none',
    plan: state.plan,
    quantity: state.quantity,
    add_ons: state.addOns,
    current_period_end: state.currentPeriodEnd,
    trial_expires_at: state.trialExpiresAt,
    trial_active: secondsOfTrial !== null && secondsOfTrial > 0,
    trial_days_remaining: Math.max(0, Math.ceil((secondsOfTrial ?? 0) / DAY_SECONDS)),
    cancel_at_period_end: state.cancelAtPeriodEnd,
    cancel_at: state.cancelAt,
    features: featuresOf(granting, features),
    source: sourceOf(deciding),
    manage_url: deciding.origin?.manageUrl ?? null,
    // In these worlds, a payment that is on its way leaves the subscription incomplete.
    payment_pending: false,
  };
}

function placesIn({ otherNames = {} }: Facts, { order = [] }: Policy): (plan: string | null) => number {
  return (plan) => (plan === null ? order.length : placeInOrder(order, plan, otherNames[plan] ?? []));
}

/** A plan that is not listed comes after those that are. */
function highestOf(
  granting: readonly Purchase[],
  placeOf: (plan: string | null) => number,
): readonly Purchase[] {
  const highest = Math.min(...granting.map(({ state }) => placeOf(state.plan)));
  return granting.filter(({ state }) => placeOf(state.plan) === highest);
}

/** Those of every purchase that gives access. Stripe's are not listed by subscription. */
function featuresOf(granting: readonly Purchase[], ofStripe: readonly string[]): readonly string[] {
  const byStripe = granting.some(({ state }) => state.stripeStatus !== null) ? ofStripe : [];
  return [...new Set([...byStripe, ...granting.flatMap(({ origin }) => origin?.features ?? [])])].sort();
}

/** Whether the status says that it continues, and the end has passed. */
function isOver(purchase: Purchase, nowSeconds: number): boolean {
  const isLive = purchase.state.status === 'active' || purchase.state.status === 'trialing';
  return isLive && nowSeconds >= endOf(purchase);
}

/** Only Stripe’s subscriptions have its status. A trial without a plan is the app's own. */
function sourceOf({ state, origin }: Purchase): Source {
  if (origin !== undefined) return origin.source;
  if (state.stripeStatus !== null) return 'stripe';
  const isTrial = ['trialing', 'trial_expired'].includes(state.status) && state.plan === null;
  return isTrial ? 'trial' : null;
}

function expectedAccess(
  { state, reversal }: Purchase,
  nowSeconds: number,
  policy: Policy,
): readonly [granted: boolean, reason: string] {
  const { rules } = policy;
  switch (state.stripeStatus ?? state.status) {
    case 'active': {
      const deniedByPause = state.collectionPaused && rules.collection_paused === 'denied';
      const deniedByReversal = reversal !== null && rules[reversal] === 'denied';
      const paid = nowSeconds < endWithGrace(state, paidUntil(state), policy);
      if (deniedByPause || deniedByReversal || !paid) return [false, 'lapsed'];
      return [true, 'active_subscription'];
    }
    case 'trialing': {
      // Nothing renews when a trial ends that the app granted without a plan.
      const end = trialEnd(state) ?? Number.NEGATIVE_INFINITY;
      const onTrial =
        nowSeconds <
        (state.plan === null && state.stripeStatus === null ? end : endWithGrace(state, end, policy));
      return onTrial ? [true, 'trial'] : [false, 'trial_expired'];
    }
    case 'past_due':
    case 'unpaid': {
      const rule = rules[state.stripeStatus === 'unpaid' ? 'unpaid' : 'past_due'];
      // Another writer records only the end of the period.
      const since = state.pastDueSince ?? state.currentPeriodEnd ?? Number.POSITIVE_INFINITY;
      const isWithin = (seconds: number) => since <= nowSeconds && nowSeconds < since + seconds;
      const granted = typeof rule === 'object' ? isWithin(rule.graceSeconds) : rule === 'granted';
      return granted && !isPastScheduledEnd(state, nowSeconds)
        ? [true, 'past_due_grace']
        : [false, 'past_due'];
    }
    case 'paused':
      return rules.paused === 'granted' && !isPastScheduledEnd(state, nowSeconds)
        ? [true, 'active_subscription']
        : [false, 'canceled'];
    case 'canceled':
      return [false, 'canceled'];
    case 'trial_expired':
      return [false, 'trial_expired'];
    default:
      return [false, 'no_entitlement'];
  }
}

/** The grace covers a late renewal, so there is none if the subscription is scheduled to end by then. */
function endWithGrace({ cancelAt }: Purchase['state'], end: number | null, policy: Policy): number {
  if (end === null) return Number.POSITIVE_INFINITY;
  const endsByThen = cancelAt !== null && cancelAt <= end;
  return endsByThen ? end : end + policy.renewalGraceSeconds;
}

/** A scheduled end before the end of the trial ends the trial too. */
function trialEnd({ trialExpiresAt, currentPeriodEnd, cancelAt }: Purchase['state']): number | null {
  const end = trialExpiresAt ?? currentPeriodEnd;
  return end === null || cancelAt === null ? end : Math.min(end, cancelAt);
}

/** Then the subscription has ended, whatever a rule grants. */
function isPastScheduledEnd({ cancelAt }: Purchase['state'], nowSeconds: number): boolean {
  return cancelAt !== null && cancelAt <= nowSeconds;
}

/** A scheduled end before the end of the period ends the paid time too. */
function paidUntil({ currentPeriodEnd, cancelAt }: Purchase['state']): number | null {
  if (currentPeriodEnd === null || cancelAt === null) return currentPeriodEnd ?? cancelAt;
  return Math.min(currentPeriodEnd, cancelAt);
}
