/** The row as its user is told it. */
import {
  type EntitlementStatus,
  type EntitlementsResponse,
  entitlementStatuses,
} from '../../contract/entitlements.ts';
import { access, isTrialActive, trialEnd } from './access.ts';
import type { AccessPolicy } from './policy.ts';
import type { EntitlementRow } from './row.ts';

const SECONDS_A_DAY = 86_400;

export function answerOf(
  row: EntitlementRow | undefined,
  nowSeconds: number,
  policy: AccessPolicy,
): EntitlementsResponse {
  const { granted, reason } = access(row, nowSeconds, policy);
  return {
    status: contractStatus(row?.status),
    plan: row?.plan ?? null,
    current_period_end: row?.currentPeriodEnd ?? null,
    trial_expires_at: row?.trialExpiresAt ?? null,
    trial_active: isTrialActive(row, nowSeconds),
    trial_days_remaining: trialDaysRemaining(row, nowSeconds),
    access_granted: granted,
    access_reason: reason,
    cancel_at_period_end: row?.cancelAtPeriodEnd ?? null,
    cancel_at: row?.cancelAt ?? null,
    features: granted ? (row?.features ?? null) : noFeatures(row),
    updated_at: row?.updatedAt ?? null,
  };
}

/** Stripe keeps features on what is past due or refunded; they open nothing where access is not given. */
function noFeatures(row: EntitlementRow | undefined): readonly string[] | null {
  return row === undefined || row.features === null ? null : [];
}

/** Other writers' words (`trial_expired`) are outside the contract; the reason still tells them. */
function contractStatus(status: string | undefined): EntitlementStatus {
  return entitlementStatuses.find((known) => known === status) ?? 'none';
}

function trialDaysRemaining(row: EntitlementRow | undefined, nowSeconds: number): number | null {
  if (row?.status !== 'trialing' && row?.status !== 'trial_expired') return null;
  const end = trialEnd(row);
  if (end === null || row.status === 'trial_expired') return 0;
  return Math.max(0, Math.ceil((end - nowSeconds) / SECONDS_A_DAY));
}
