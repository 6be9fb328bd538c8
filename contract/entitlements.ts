/** What `GET /me/entitlements` answers. */

export const entitlementStatuses = ['active', 'trialing', 'past_due', 'canceled', 'none'] as const;
export type EntitlementStatus = (typeof entitlementStatuses)[number];

/** Why access is given or not. */
export const accessReasons = [
  'active_subscription',
  'trial',
  'trial_expired',
  'past_due',
  'past_due_grace',
  'canceled',
  'lapsed',
  'no_entitlement',
] as const;
export type AccessReason = (typeof accessReasons)[number];

/** Every value that is not known is `null`. Times are unix seconds, but for `updated_at` (ISO 8601). */
export interface EntitlementsResponse {
  readonly status: EntitlementStatus;
  /** The Stripe price id of the base plan, while there is a subscription that has not ended. */
  readonly plan: string | null;
  readonly current_period_end: number | null;
  readonly trial_expires_at: number | null;
  readonly trial_active: boolean;
  /** Days begun count as whole; 0 once the trial is over; `null` for who is on no trial. */
  readonly trial_days_remaining: number | null;
  /** The one value to ask before anything is let in. */
  readonly access_granted: boolean;
  readonly access_reason: AccessReason;
  readonly cancel_at_period_end: boolean | null;
  /** When the subscription is going to end, however the end was scheduled. */
  readonly cancel_at: number | null;
  readonly features: readonly string[] | null;
  readonly updated_at: string | null;
}
