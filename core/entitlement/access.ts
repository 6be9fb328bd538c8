/** What a user may do now, by the row and the time alone. Pure, and safe when every webhook since was lost. */
import type { AccessReason } from '../../contract/entitlements.ts';
import type { EntitlementRow } from './row.ts';

export interface AccessPolicy {
  /** How long paid time may have run out before access ends: a renewal's webhook may be late. */
  readonly renewalGraceSeconds: number;
  /** How long a customer whose renewal failed keeps access, from the end of the time paid for. */
  readonly pastDueGraceSeconds: number;
}

export interface Access {
  readonly granted: boolean;
  readonly reason: AccessReason;
}

export function access(row: EntitlementRow | undefined, nowSeconds: number, policy: AccessPolicy): Access {
  switch (row?.status) {
    case 'active':
      return isWithin(row, paidUntil(row), { nowSeconds, policy })
        ? granted('active_subscription')
        : denied('lapsed');
    case 'trialing':
      return isTrialWithin(row, nowSeconds, policy) ? granted('trial') : denied('trial_expired');
    case 'past_due':
      return isPastDueWithin(row, nowSeconds, policy) ? granted('past_due_grace') : denied('past_due');
    case 'trial_expired':
      return denied('trial_expired');
    case 'canceled':
      return denied('canceled');
    default:
      return denied('no_entitlement');
  }
}

/** The end of a trial. A Stripe trial of an old row may carry it only as the end of its period. */
export function trialEnd(row: EntitlementRow): number | null {
  return row.trialExpiresAt ?? row.currentPeriodEnd;
}

export function isTrialActive(row: EntitlementRow | undefined, nowSeconds: number): boolean {
  if (row?.status !== 'trialing') return false;
  const end = trialEnd(row);
  return end !== null && nowSeconds < end;
}

function isTrialWithin(row: EntitlementRow, nowSeconds: number, policy: AccessPolicy): boolean {
  if (isTrialActive(row, nowSeconds)) return true;
  const end = trialEnd(row);
  // A trial that the app gave has no plan: nothing renews when it ends, so no grace follows it.
  return end !== null && row.plan !== null && isWithin(row, end, { nowSeconds, policy });
}

function paidUntil(row: EntitlementRow): number | null {
  if (row.currentPeriodEnd === null || row.cancelAt === null) return row.currentPeriodEnd ?? row.cancelAt;
  return Math.min(row.currentPeriodEnd, row.cancelAt);
}

/** An unknown end is a row of other writers, who kept none: its status is then the best that is known. */
function isWithin(
  row: EntitlementRow,
  end: number | null,
  at: { readonly nowSeconds: number; readonly policy: AccessPolicy },
): boolean {
  if (end === null) return true;
  // The grace waits for a renewal; where the end is scheduled for then, or for before, none will come.
  const renews = row.cancelAt === null || row.cancelAt > end;
  const graceSeconds = renews ? at.policy.renewalGraceSeconds : 0;
  return at.nowSeconds < end + graceSeconds;
}

function isPastDueWithin(row: EntitlementRow, nowSeconds: number, policy: AccessPolicy): boolean {
  if (row.stripeStatus === 'unpaid') return false;
  const since = row.pastDueSince ?? row.currentPeriodEnd;
  // A period end still to come is that of the unpaid period: it says nothing of when the paid one ended.
  return since !== null && since <= nowSeconds && nowSeconds < since + policy.pastDueGraceSeconds;
}

function granted(reason: AccessReason): Access {
  return { granted: true, reason };
}

function denied(reason: AccessReason): Access {
  return { granted: false, reason };
}
