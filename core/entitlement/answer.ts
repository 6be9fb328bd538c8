/** Renders the row as the answer that its user gets. */
import {
  type EntitlementStatus,
  type EntitlementsResponse,
  entitlementStatuses,
} from '../../contract/entitlements.ts';
import { access, isTrialActive, trialEnd } from './access.ts';
import { claimsOf } from './claims.ts';
import type { AccessPolicy } from './policy.ts';
import type { Claim, EntitlementRow } from './row.ts';

const DAY_SECONDS = 86_400;

export function answerOf(
  row: EntitlementRow | undefined,
  nowSeconds: number,
  policy: AccessPolicy,
): EntitlementsResponse {
  const { granted, reason, by } = access(row === undefined ? [] : claimsOf(row), nowSeconds, policy);
  return {
    status: contractStatus(by?.status),
    plan: by?.plan ?? null,
    quantity: by?.quantity ?? null,
    add_ons: by?.addOns ?? [],
    current_period_end: by?.currentPeriodEnd ?? null,
    trial_expires_at: by?.trialExpiresAt ?? null,
    trial_started_at: row?.trialStartedAt ?? null,
    trial_active: isTrialActive(by, nowSeconds),
    trial_days_remaining: trialDaysRemaining(by, nowSeconds),
    access_granted: granted,
    access_reason: reason,
    cancel_at_period_end: by?.cancelAtPeriodEnd ?? null,
    cancel_at: by?.cancelAt ?? null,
    features: granted ? (row?.features ?? null) : noFeatures(row),
    source: by === undefined || by.source === 'other_writer' ? null : by.source,
    manage_url: null,
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

/** Shipped clients require a number, so a user without a trial has 0 days left. */
function trialDaysRemaining(claim: Claim | undefined, nowSeconds: number): number {
  if (claim?.status !== 'trialing') return 0;
  const end = trialEnd(claim);
  if (end === null) return 0;
  return Math.max(0, Math.ceil((end - nowSeconds) / DAY_SECONDS));
}
