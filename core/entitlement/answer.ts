/** Renders the row as the answer that its user gets. */
import {
  type EntitlementSource,
  type EntitlementStatus,
  type EntitlementsResponse,
  entitlementStatuses,
} from '../../contract/entitlements.ts';
import { access, grantingClaims, isKept, isTrialActive, trialEnd } from './access.ts';
import { claimsOf, givesFeaturesOnly } from './claims.ts';
import { noticesOf } from './notices.ts';
import { withPlanKeys } from './plan-keys.ts';
import type { AccessPolicy } from './policy.ts';
import type { Claim, EntitlementRow } from './row.ts';
import { writtenPayer } from './written-payer.ts';

const DAY_SECONDS = 86_400;

export function answerOf(
  row: EntitlementRow | undefined,
  nowSeconds: number,
  general: AccessPolicy,
): EntitlementsResponse {
  const claims = row === undefined ? [] : claimsOf(row);
  const policy = withPlanKeys(general, row?.planKeys ?? {});
  const { granted, reason, by } = access(claims, nowSeconds, policy);
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
    features: featuresOf(row?.features ?? null, claims, {
      granting: grantingClaims(claims, nowSeconds, policy),
      features: claims.filter((claim) => givesFeaturesOnly(claim) && isKept(claim, policy)),
    }),
    ...payerOf(by, row),
    payment_pending: claims.some(({ paymentPending }) => paymentPending === true),
    updated_at: row?.updatedAt ?? null,
    billing_notices: noticesOf(claims, row?.billingFacts ?? [], nowSeconds),
  };
}

/** The payer, or what gives the access, and where the user changes that. */
export interface Payer {
  readonly source: EntitlementSource | null;
  readonly manage_url: string | null;
}

export function payerOf(claim: Claim | undefined, row: Pick<EntitlementRow, 'platform'> = {}): Payer {
  if (claim === undefined) return { source: null, manage_url: null };
  const written = writtenPayer(claim, row);
  const manageUrl = claim.origin?.manageUrl ?? written?.manageUrl ?? null;
  return { source: written?.store ?? sourceOf(claim), manage_url: manageUrl };
}

function sourceOf(claim: Claim): EntitlementSource | null {
  switch (claim.source) {
    case 'other_writer':
      return null;
    case 'revenuecat': {
      const store = claim.origin?.store ?? null;
      return store === 'promotional' ? 'grant' : store;
    }
    case 'purchase':
      return 'stripe';
    default:
      return claim.source;
  }
}

/**
 * Returns the features of the claims that give access, and of what was bought for its features alone. Stripe keeps those of a
 * past-due or refunded subscription, so they count only while a subscription gives access.
 */
function featuresOf(
  ofStripe: readonly string[] | null,
  claims: readonly Claim[],
  { granting, features }: { readonly granting: readonly Claim[]; readonly features: readonly Claim[] },
): readonly string[] | null {
  const isByStripe = ({ source }: Claim): boolean => source === 'stripe';
  const ofClaims = [...granting, ...features].flatMap(({ origin }) => origin?.features ?? []);
  if (ofStripe === null) return ofClaims.length === 0 ? null : sortedOnce(ofClaims);
  const counts = granting.some(isByStripe) || (granting.length > 0 && !claims.some(isByStripe));
  return sortedOnce([...(counts ? ofStripe : []), ...ofClaims]);
}

function sortedOnce(keys: readonly string[]): readonly string[] {
  return [...new Set(keys)].sort((a, b) => (a < b ? -1 : 1));
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
