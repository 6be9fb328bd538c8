/**
 * The metrics that an alarm counts: the `metric` field of a log line, which CloudWatch reads as a count of one in
 * the namespace below. Lines carry more metrics than these; those are for dashboards and questions.
 */
export const METRIC_NAMESPACE = 'Predixa/Accounts';

/** Dimensions of every metric: the stage, and the function by its name in the contract. */
export const metricDimensions = ['stage', 'function'] as const;

export const watchedMetrics = {
  /** A route answered 500 or 503. */
  requestFailed: 'request_failed',
  /** A delivery that no current webhook secret has signed. */
  signatureInvalid: 'webhook_signature_invalid',
  /** Signed, but not an event as Stripe sends them. */
  webhookMalformed: 'webhook_malformed',
  /** Somebody signed up; one part of customer, profile and entitlement could not be written. */
  signUpIncomplete: 'sign_up_incomplete',
  signUpFailed: 'sign_up_failed',
  /** A checkout was completed for a user who had been deleted. */
  orphanedCheckout: 'orphaned_checkout',
  /** Two users are named as owners of one customer. */
  ownerContradiction: 'owner_contradiction',
  /** A run of `reconcile` found what the deliveries should have made true already. */
  drift: 'drift',
  reconcileFailed: 'reconcile_failed',
  /** A run ended, whatever it found: its absence is an alarm. */
  reconcileRun: 'reconcile_run',
} as const;

export type WatchedMetric = (typeof watchedMetrics)[keyof typeof watchedMetrics];

/** Fields of a line that are measured beside its count, under their own names. */
export const measuredFields: Readonly<Partial<Record<string, readonly string[]>>> = {
  [watchedMetrics.reconcileRun]: ['checked', 'differed', 'healed', 'failed'],
};
