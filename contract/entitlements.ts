/** The response of `GET /me/entitlements`. */

export const entitlementStatuses = ['active', 'trialing', 'past_due', 'canceled', 'none'] as const;
export type EntitlementStatus = (typeof entitlementStatuses)[number];

/** Where the user pays, or what gives the access: a `grant` of a person or a promotion, or a `trial` of the app. */
export const entitlementSources = [
  'stripe',
  'app_store',
  'play_store',
  'amazon',
  'web',
  'grant',
  'trial',
] as const;
export type EntitlementSource = (typeof entitlementSources)[number];

/** Why access is granted or denied. */
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

export const billingNoticeKinds = [
  'payment_failed',
  'payment_action_required',
  'trial_will_end',
  'renewal_upcoming',
  'card_expires',
] as const;
export type BillingNoticeKind = (typeof billingNoticeKinds)[number];

/**
 * Unknown values are `null`, and no field is ever absent: shipped clients decode each one as required. Times are Unix
 * seconds, except `trial_started_at` and `updated_at` (ISO 8601).
 */
export interface EntitlementsResponse {
  readonly status: EntitlementStatus;
  /** The price id of the base plan, or the product id in an app store; `null` once every subscription has ended. */
  readonly plan: string | null;
  /** How many of the plan were bought; `null` without a plan, or if it bills usage. */
  readonly quantity: number | null;
  /** What was bought in addition to the plan, by price id. */
  readonly add_ons: readonly { readonly price: string; readonly quantity: number | null }[];
  readonly current_period_end: number | null;
  readonly trial_expires_at: number | null;
  /** As the app recorded it for a trial that it granted, also for a past one. */
  readonly trial_started_at: string | null;
  readonly trial_active: boolean;
  /** Rounded up to whole days; 0 without a trial and once the trial is over. */
  readonly trial_days_remaining: number;
  /** Whether the user may use the product. Clients must decide by this value only. */
  readonly access_granted: boolean;
  readonly access_reason: AccessReason;
  readonly cancel_at_period_end: boolean | null;
  /** When the subscription will end, whether at the end of the period or at a chosen date. */
  readonly cancel_at: number | null;
  readonly features: readonly string[] | null;
  /** The payer, or what gives the access; `null` if there is no entitlement, or if other code wrote it and the source is not known. */
  readonly source: EntitlementSource | null;
  /** The store's page on which the user changes the subscription; `null` for Stripe, whose billing portal has its own route. */
  readonly manage_url: string | null;
  /** Whether a first payment is on its way, such as a bank debit. Unless the policy says otherwise, access begins when it arrives. */
  readonly payment_pending: boolean;
  readonly updated_at: string | null;
  /** What the user should know about the payments in Stripe. It says nothing about access. Empty: nothing. */
  readonly billing_notices: readonly BillingNotice[];
}

export interface BillingNotice {
  readonly kind: BillingNoticeKind;
  /** Since when. `null`: it is not known, or has yet to come. */
  readonly since: number | null;
  /** When the trial or the period ends, or the card expires. `null` for a payment that is late. */
  readonly at: number | null;
}
