/** What a user may do now, by the row, the policy and the time alone. Pure, and safe when every webhook since was lost. */
import type { AccessReason } from '../../contract/entitlements.ts';
import { type AccessPolicy, type Rule, ruleFor, type Situation } from './policy.ts';
import type { AccessState } from './row.ts';

export interface Access {
  readonly granted: boolean;
  readonly reason: AccessReason;
}

export function access(standing: AccessState | undefined, nowSeconds: number, policy: AccessPolicy): Access {
  switch (standing?.status) {
    case 'active':
      return activeAccess(standing, nowSeconds, policy);
    case 'trialing':
      return trialAccess(standing, nowSeconds, policy);
    case 'past_due': {
      const rule = ruleOf(standing.stripeStatus === 'unpaid' ? 'unpaid' : 'past_due', standing, policy);
      return isWithinGrace(standing, nowSeconds, rule) ? granted('past_due_grace') : denied('past_due');
    }
    case 'trial_expired':
      return denied('trial_expired');
    case 'canceled': {
      const letIn = standing.stripeStatus === 'paused' && ruleOf('paused', standing, policy) === 'granted';
      return letIn ? granted('active_subscription') : denied('canceled');
    }
    default:
      return denied('no_entitlement');
  }
}

function activeAccess(standing: AccessState, nowSeconds: number, policy: AccessPolicy): Access {
  const { collectionPaused, reversal } = standing;
  const found: readonly Situation[] = [
    ...(collectionPaused ? (['collection_paused'] as const) : []),
    ...(reversal === null ? [] : [reversal]),
  ];
  if (found.some((situation) => ruleOf(situation, standing, policy) !== 'granted')) return denied('lapsed');
  const within = isWithin(standing, paidUntil(standing), { nowSeconds, policy });
  return within ? granted('active_subscription') : denied('lapsed');
}

function trialAccess(standing: AccessState, nowSeconds: number, policy: AccessPolicy): Access {
  return isTrialWithin(standing, nowSeconds, policy) ? granted('trial') : denied('trial_expired');
}

function ruleOf(situation: Situation, standing: AccessState, policy: AccessPolicy): Rule {
  return ruleFor(policy, situation, standing.plan);
}

/** The end of a trial. A Stripe trial of an old row may carry it only as the end of its period. */
export function trialEnd(standing: Pick<AccessState, 'trialExpiresAt' | 'currentPeriodEnd'>): number | null {
  return standing.trialExpiresAt ?? standing.currentPeriodEnd;
}

export function isTrialActive(standing: AccessState | undefined, nowSeconds: number): boolean {
  if (standing?.status !== 'trialing') return false;
  const end = trialEnd(standing);
  return end !== null && nowSeconds < end;
}

function isTrialWithin(standing: AccessState, nowSeconds: number, policy: AccessPolicy): boolean {
  if (isTrialActive(standing, nowSeconds)) return true;
  const end = trialEnd(standing);
  // A trial that the app gave has no plan: nothing renews when it ends, so no grace follows it.
  return end !== null && standing.plan !== null && isWithin(standing, end, { nowSeconds, policy });
}

function paidUntil(standing: AccessState): number | null {
  const { currentPeriodEnd, cancelAt } = standing;
  if (currentPeriodEnd === null || cancelAt === null) return currentPeriodEnd ?? cancelAt;
  return Math.min(currentPeriodEnd, cancelAt);
}

/** An unknown end is a row of other writers, who kept none: its status is then the best that is known. */
function isWithin(
  standing: AccessState,
  end: number | null,
  at: { readonly nowSeconds: number; readonly policy: AccessPolicy },
): boolean {
  if (end === null) return true;
  // The grace waits for a renewal; where the end is scheduled for then, or for before, none will come.
  const renews = standing.cancelAt === null || standing.cancelAt > end;
  const graceSeconds = renews ? at.policy.renewalGraceSeconds : 0;
  return at.nowSeconds < end + graceSeconds;
}

function isWithinGrace(standing: AccessState, nowSeconds: number, rule: Rule): boolean {
  if (typeof rule === 'string') return rule === 'granted';
  const since = standing.pastDueSince ?? standing.currentPeriodEnd;
  // A period end still to come is that of the unpaid period: it says nothing of when the paid one ended.
  return since !== null && since <= nowSeconds && nowSeconds < since + rule.graceSeconds;
}

function granted(reason: AccessReason): Access {
  return { granted: true, reason };
}

function denied(reason: AccessReason): Access {
  return { granted: false, reason };
}
