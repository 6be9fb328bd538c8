/** Renders the row as the answer that its user gets. */
import {
  type EntitlementStatus,
  type EntitlementsResponse,
  entitlementStatuses,
} from '../../contract/entitlements.ts';
import { access, isTrialActive, trialEnd } from './access.ts';
import type { AccessPolicy } from './policy.ts';
import type { EntitlementRow } from './row.ts';

const DAY_SECONDS = 86_400;

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

/** Without access there are no features, although Stripe keeps them on a past-due or refunded subscription. */
function noFeatures(row: EntitlementRow | undefined): readonly string[] | null {
  return row === undefined || row.features === null ? null : [];
}

/** Statuses of other writers (`trial_expired`) are not part of the contract; `access_reason` still reports them. */
function contractStatus(status: string | undefined): EntitlementStatus {
  return entitlementStatuses.find((known) => known === status) ?? 'none';
}

function trialDaysRemaining(row: EntitlementRow | undefined, nowSeconds: number): number | null {
  if (row?.status !== 'trialing' && row?.status !== 'trial_expired') return null;
  const end = trialEnd(row);
  if (end === null || row.status === 'trial_expired') return 0;
  return Math.max(0, Math.ceil((end - nowSeconds) / DAY_SECONDS));
}
