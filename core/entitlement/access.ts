/**
 * Decides access from only the claims, the policy and the time. Pure, and correct even if every later webhook is lost. A user
 * is let in while any claim gives access.
 */
import type { AccessReason } from '../../contract/entitlements.ts';
import { neverBegan } from '../subscription/status.ts';
import { noPlanOrder, placeOf } from './plan-order.ts';
import { type AccessPolicy, type Rule, ruleFor, type Situation } from './policy.ts';
import type { AccessState } from './row.ts';

export interface Access {
  readonly granted: boolean;
  readonly reason: AccessReason;
}

export interface Decision<T> extends Access {
  /**
   * The claim that decides: of those that give access the first of the highest plan, or else the first that is not over, or
   * else the first.
   */
  readonly by: T | undefined;
}

/** `claims` must be in order, the deciding one first. */
export function access<T extends AccessState>(
  claims: readonly T[],
  nowSeconds: number,
  policy: AccessPolicy,
): Decision<T> {
  const decisions = claims.map((by) => ({ by, ...accessBy(by, nowSeconds, policy) }));
  const continuing = decisions.find(({ by }) => !isOver(by, nowSeconds) && !isNothing(by));
  const decision =
    highest(
      decisions.filter((one) => one.granted),
      policy,
    ) ??
    continuing ??
    decisions[0];
  return decision ?? { by: undefined, ...denied('no_entitlement') };
}

/** Returns the first of the highest plan. No plan counts that gives no access, however high it is. */
function highest<T extends { readonly by: AccessState }>(
  giving: readonly T[],
  { planOrder = noPlanOrder }: AccessPolicy,
): T | undefined {
  const places = giving.map(({ by }) => placeOf(planOrder, by.plan));
  return giving[places.indexOf(Math.min(...places))];
}

/** Returns the claims that give access, in their order. */
export function grantingClaims<T extends AccessState>(
  claims: readonly T[],
  nowSeconds: number,
  policy: AccessPolicy,
): readonly T[] {
  return claims.filter((claim) => accessBy(claim, nowSeconds, policy).granted);
}

/** Whether what was paid for counts, whatever became of the payment. */
export function isKept({ reversal, plan }: AccessState, policy: AccessPolicy): boolean {
  return reversal === null || ruleFor(policy, reversal, plan) === 'granted';
}

/** Features without access say nothing about it. */
function isNothing({ status, stripeStatus }: AccessState): boolean {
  return status === 'none' && stripeStatus === null;
}

/** Whether a claim with a live status has passed its end. Shown first, it would hide a payment that is late elsewhere. */
function isOver(state: AccessState, nowSeconds: number): boolean {
  if (state.status !== 'active' && state.status !== 'trialing') return false;
  const end = state.status === 'trialing' ? trialEnd(state) : paidUntil(state);
  return end !== null && nowSeconds >= end;
}

function accessBy(state: AccessState, nowSeconds: number, policy: AccessPolicy): Access {
  if (state.unreadable === true) return denied('no_entitlement');
  switch (state.status) {
    case 'active':
      return activeAccess(state, nowSeconds, policy);
    case 'trialing':
      return trialAccess(state, nowSeconds, policy);
    case 'past_due': {
      const rule = ruleOf(state.stripeStatus === 'unpaid' ? 'unpaid' : 'past_due', state, policy);
      if (hasEndedBy(state, nowSeconds)) return denied('past_due');
      return isWithinGrace(state, nowSeconds, rule) ? granted('past_due_grace') : denied('past_due');
    }
    case 'trial_expired':
      return denied('trial_expired');
    case 'canceled': {
      const isGranted = state.stripeStatus === 'paused' && ruleOf('paused', state, policy) === 'granted';
      return isGranted && !hasEndedBy(state, nowSeconds)
        ? granted('active_subscription')
        : denied('canceled');
    }
    default:
      return denied('no_entitlement');
  }
}

function activeAccess(state: AccessState, nowSeconds: number, policy: AccessPolicy): Access {
  const { collectionPaused, paymentPending = false, reversal } = state;
  // Nothing was ever paid, so nothing has lapsed.
  if (paymentPending && ruleOf('payment_pending', state, policy) !== 'granted')
    return denied('no_entitlement');
  const found: readonly Situation[] = [
    ...(collectionPaused ? (['collection_paused'] as const) : []),
    ...(reversal === null ? [] : [reversal]),
  ];
  if (found.some((situation) => ruleOf(situation, state, policy) !== 'granted')) return denied('lapsed');
  const within = isWithin(state, paidUntil(state), { nowSeconds, policy });
  return within ? granted('active_subscription') : denied('lapsed');
}

function trialAccess(state: AccessState, nowSeconds: number, policy: AccessPolicy): Access {
  return isTrialWithin(state, nowSeconds, policy) ? granted('trial') : denied('trial_expired');
}

function ruleOf(situation: Situation, state: AccessState, policy: AccessPolicy): Rule {
  return ruleFor(policy, situation, state.plan);
}

/** Whether the scheduled end has passed. Stripe ends the subscription then, and no rule extends it. */
function hasEndedBy({ cancelAt }: AccessState, nowSeconds: number): boolean {
  return cancelAt !== null && nowSeconds >= cancelAt;
}

/**
 * Returns the end of the trial, or the scheduled end if that is earlier. An old row of a Stripe trial may hold it only as the end
 * of the period.
 */
export function trialEnd(
  state: Pick<AccessState, 'trialExpiresAt' | 'currentPeriodEnd' | 'cancelAt'>,
): number | null {
  const { cancelAt } = state;
  const end = state.trialExpiresAt ?? state.currentPeriodEnd;
  return end === null || cancelAt === null ? end : Math.min(end, cancelAt);
}

export function isTrialActive(state: AccessState | undefined, nowSeconds: number): boolean {
  if (state?.status !== 'trialing') return false;
  const end = trialEnd(state);
  return end !== null && nowSeconds < end;
}

function isTrialWithin(state: AccessState, nowSeconds: number, policy: AccessPolicy): boolean {
  if (isTrialActive(state, nowSeconds)) return true;
  const end = trialEnd(state);
  // A trial that the app granted has neither a plan nor a subscription. Nothing renews when it ends, so it has no grace.
  const renews = state.plan !== null || !neverBegan(state.stripeStatus);
  return end !== null && renews && isWithin(state, end, { nowSeconds, policy });
}

/** Returns the end of the paid time. Null: nothing says that it ends. */
export function paidUntil(state: Pick<AccessState, 'currentPeriodEnd' | 'cancelAt'>): number | null {
  const { currentPeriodEnd, cancelAt } = state;
  if (currentPeriodEnd === null || cancelAt === null) return currentPeriodEnd ?? cancelAt;
  return Math.min(currentPeriodEnd, cancelAt);
}

/** A claim of another writer may have no end: then only its status decides. What Stripe sells has one, or it gives nothing. */
function isWithin(
  state: AccessState,
  end: number | null,
  at: { readonly nowSeconds: number; readonly policy: AccessPolicy },
): boolean {
  if (end === null) return state.stripeStatus === null;
  // The grace covers a late renewal. A subscription that is scheduled to end by then does not renew.
  const renews = state.cancelAt === null || state.cancelAt > end;
  const graceSeconds = renews ? at.policy.renewalGraceSeconds : 0;
  return at.nowSeconds < end + graceSeconds;
}

function isWithinGrace(state: AccessState, nowSeconds: number, rule: Rule): boolean {
  if (typeof rule === 'string') return rule === 'granted';
  const since = state.pastDueSince ?? state.currentPeriodEnd;
  // A period end in the future belongs to the unpaid period, and does not show when the paid one ended.
  return since !== null && since <= nowSeconds && nowSeconds < since + rule.graceSeconds;
}

function granted(reason: AccessReason): Access {
  return { granted: true, reason };
}

function denied(reason: AccessReason): Access {
  return { granted: false, reason };
}
