/**
 * The metrics that alarms watch. A metric is the `metric` field of a log line: CloudWatch reads it as a count of one
 * in the namespace below. Log lines carry further metrics, which dashboards and queries use.
 */
export const METRIC_NAMESPACE = 'Predixa/Accounts';

/** The dimensions of every metric: the stage, and the function's name as in `functionSpecs`. */
export const metricDimensions = ['stage', 'function'] as const;

export const watchedMetrics = {
  /** A route returned 500 or 503. */
  requestFailed: 'request_failed',
  /** A setting is missing or wrong, or another system refuses a request because of one. Users wait for an operator. */
  misconfigured: 'misconfigured',
  /** Another system permanently refuses a request, and no rule knows why. */
  requestRefused: 'request_refused',
  /** A webhook delivery carries no signature or header of a current webhook secret. */
  signatureInvalid: 'webhook_signature_invalid',
  /** A delivery is genuine, but its body is not an event of its payer. */
  webhookMalformed: 'webhook_malformed',
  /** A user signed up, but the customer, the profile or the entitlement row could not be written. */
  signUpIncomplete: 'sign_up_incomplete',
  signUpFailed: 'sign_up_failed',
  /** A checkout was completed for a deleted user. */
  orphanedCheckout: 'orphaned_checkout',
  /** The deletion of an account could not refund what its policy promises. */
  deletionRefundFailed: 'deletion_refund_failed',
  /** Two sources name different users as the owner of one customer. */
  ownerContradiction: 'owner_contradiction',
  /** More users' objects would be ended than the deletion limit allows, so nothing is ended. */
  deletionLimitReached: 'deletion_limit_reached',
  /** RevenueCat still has the customer of a deleted user, and only a person can change that. */
  storeRemovalStuck: 'store_removal_stuck',
  /** A `reconcile` run found differences that webhook deliveries should have resolved. */
  drift: 'drift',
  reconcileFailed: 'reconcile_failed',
  /** A run ended, whatever it found. The alarm goes off when this metric is absent. */
  reconcileRun: 'reconcile_run',
} as const;

export type WatchedMetric = (typeof watchedMetrics)[keyof typeof watchedMetrics];

/** What a run of `reconcile` did about a finding. Each is a field of its log line. */
export const reconcileOutcomes = [
  'synced',
  'user_provisioned',
  'row_created',
  'customer_deleted',
  'account_deleted',
  'row_removed',
  'store_customer_deleted',
  'subscription_canceled',
  'refunded',
  'trial_recorded',
  'needs_review',
  'withheld',
  'failed',
] as const;

/** Fields of a log line that are published as their own metrics, in addition to the line's count. */
export const measuredFields: Readonly<Partial<Record<string, readonly string[]>>> = {
  [watchedMetrics.reconcileRun]: ['checked', 'found', ...reconcileOutcomes],
};
