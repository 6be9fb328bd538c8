/** The values that RevenueCat's fields can have. */

export const stores = [
  'amazon',
  'app_store',
  'mac_app_store',
  'play_store',
  'promotional',
  'stripe',
  'rc_billing',
  'roku',
  'paddle',
] as const;
export type Store = (typeof stores)[number];

export const environments = ['production', 'sandbox'] as const;
export type Environment = (typeof environments)[number];

export const subscriptionStatuses = [
  'trialing',
  'active',
  'expired',
  'in_grace_period',
  'in_billing_retry',
  'paused',
  'unknown',
  'incomplete',
] as const;
export type SubscriptionStatus = (typeof subscriptionStatuses)[number];

export type AutoRenewalStatus = 'will_renew' | 'will_not_renew' | 'will_change_product' | 'will_pause';

export type PeriodType = 'TRIAL' | 'NORMAL' | 'PROMOTIONAL';

export type Ownership = 'purchased' | 'family_shared';

/** Why a subscription was canceled or has expired. */
export const endReasons = [
  'UNSUBSCRIBE',
  'BILLING_ERROR',
  'DEVELOPER_INITIATED',
  'PRICE_INCREASE',
  'CUSTOMER_SUPPORT',
  'SUBSCRIPTION_PAUSED',
  'UNKNOWN',
] as const;
export type EndReason = (typeof endReasons)[number];

/** The length of a billing period, as an ISO 8601 duration. */
export const durations = ['P1W', 'P1M', 'P2M', 'P3M', 'P6M', 'P1Y'] as const;
export type Duration = (typeof durations)[number];
