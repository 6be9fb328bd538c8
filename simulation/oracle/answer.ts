/** Computes the expected answer of `GET /me/entitlements` from Stripe's state. Written only from docs/contract.md. */
import type { ExpectedState } from './state.ts';

export type Reversal = 'refunded' | 'dispute_open' | 'dispute_lost';
export type Rule = 'granted' | 'denied' | { readonly graceSeconds: number };

export interface Policy {
  readonly renewalGraceSeconds: number;
  readonly rules: Readonly<Record<'past_due' | 'unpaid' | 'paused' | 'collection_paused' | Reversal, Rule>>;
}

/** What applies without the setting `ACCESS_POLICY`. */
export const defaultPolicy: Policy = {
  renewalGraceSeconds: 72 * 3_600,
  rules: {
    past_due: 'denied',
    unpaid: 'denied',
    paused: 'denied',
    collection_paused: 'granted',
    refunded: 'denied',
    dispute_open: 'granted',
    dispute_lost: 'denied',
  },
};

export interface Facts {
  readonly state: ExpectedState;
  /** How the payment for the current period was reversed. */
  readonly reversal: Reversal | null;
  /** The lookup keys of the features in Stripe. */
  readonly features: readonly string[];
}

export interface ExpectedAnswer {
  readonly access_granted: boolean;
  readonly access_reason: string;
  readonly status: string;
  readonly plan: string | null;
  readonly current_period_end: number | null;
  readonly trial_expires_at: number | null;
  readonly trial_active: boolean;
  readonly trial_days_remaining: number | null;
  readonly cancel_at_period_end: boolean | null;
  readonly cancel_at: number | null;
  readonly features: readonly string[];
}

const DAY_SECONDS = 86_400;

export function expectedAnswer(facts: Facts, nowSeconds: number, policy: Policy): ExpectedAnswer {
  const { state, features } = facts;
  const [granted, reason] = expectedAccess(facts, nowSeconds, policy);
  const secondsOfTrial = state.status === 'trialing' ? (state.trialExpiresAt ?? 0) - nowSeconds : null;
  return {
    access_granted: granted,
    access_reason: reason,
    status: state.status,
    plan: state.plan,
    current_period_end: state.currentPeriodEnd,
    trial_expires_at: state.trialExpiresAt,
    trial_active: secondsOfTrial !== null && secondsOfTrial > 0,
    trial_days_remaining:
      secondsOfTrial === null ? null : Math.max(0, Math.ceil(secondsOfTrial / DAY_SECONDS)),
    cancel_at_period_end: state.cancelAtPeriodEnd,
    cancel_at: state.cancelAt,
    features: granted ? [...features].sort() : [],
  };
}

function expectedAccess(
  { state, reversal }: Facts,
  nowSeconds: number,
  policy: Policy,
): readonly [granted: boolean, reason: string] {
  const { rules } = policy;
  switch (state.stripeStatus) {
    case 'active': {
      const deniedByPause = state.collectionPaused && rules.collection_paused === 'denied';
      const deniedByReversal = reversal !== null && rules[reversal] === 'denied';
      const paid = nowSeconds < endWithGrace(state, paidUntil(state), policy);
      if (deniedByPause || deniedByReversal || !paid) return [false, 'lapsed'];
      return [true, 'active_subscription'];
    }
    case 'trialing': {
      const onTrial = nowSeconds < endWithGrace(state, state.trialExpiresAt, policy);
      return onTrial ? [true, 'trial'] : [false, 'trial_expired'];
    }
    case 'past_due':
    case 'unpaid': {
      const rule = rules[state.stripeStatus];
      const since = state.pastDueSince ?? Number.NEGATIVE_INFINITY;
      const granted = typeof rule === 'object' ? nowSeconds < since + rule.graceSeconds : rule === 'granted';
      return granted ? [true, 'past_due_grace'] : [false, 'past_due'];
    }
    case 'paused':
      return rules.paused === 'granted' ? [true, 'active_subscription'] : [false, 'canceled'];
    case 'canceled':
      return [false, 'canceled'];
    default:
      return [false, 'no_entitlement'];
  }
}

/** The grace covers a late renewal, so there is none if the subscription is scheduled to end by then. */
function endWithGrace({ cancelAt }: ExpectedState, end: number | null, policy: Policy): number {
  if (end === null) return Number.POSITIVE_INFINITY;
  const endsByThen = cancelAt !== null && cancelAt <= end;
  return endsByThen ? end : end + policy.renewalGraceSeconds;
}

/** A scheduled end before the end of the period ends the paid time too. */
function paidUntil({ currentPeriodEnd, cancelAt }: ExpectedState): number | null {
  if (currentPeriodEnd === null || cancelAt === null) return currentPeriodEnd ?? cancelAt;
  return Math.min(currentPeriodEnd, cancelAt);
}
