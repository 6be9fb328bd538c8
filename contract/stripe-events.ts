/**
 * The Stripe event types to which the webhook's endpoint must be subscribed. Stripe's list of events filters by at most 20, so
 * types whose change another event reports as well are not among them.
 */
export const handledEventTypes = [
  'charge.dispute.closed',
  'charge.dispute.created',
  'charge.refunded',
  'checkout.session.async_payment_failed',
  'checkout.session.async_payment_succeeded',
  'checkout.session.completed',
  'credit_note.created',
  'customer.deleted',
  'customer.subscription.created',
  'customer.subscription.deleted',
  'customer.subscription.paused',
  'customer.subscription.resumed',
  'customer.subscription.updated',
  'customer.updated',
  'entitlements.active_entitlement_summary.updated',
  'invoice.marked_uncollectible',
  'invoice.paid',
  'invoice.payment_failed',
  'invoice.voided',
  'refund.failed',
] as const;

/**
 * Types that the webhook handles too, if its endpoint is subscribed to them. Without them, a reconcile run finds what they
 * report.
 */
export const alsoHandledEventTypes = [
  'charge.dispute.funds_reinstated',
  'charge.dispute.funds_withdrawn',
  'charge.dispute.updated',
  'charge.refund.updated',
  'credit_note.voided',
  'payment_intent.succeeded',
  'refund.updated',
] as const;

/**
 * Types that say where to look for what `GET /me/entitlements` says about payments (`billing_notices`). Without them, no access
 * is wrong: a card that expires is not announced, and a payment to confirm is shown as one that failed.
 */
export const noticeEventTypes = [
  'customer.source.expiring',
  'customer.subscription.trial_will_end',
  'invoice.payment_action_required',
  'invoice.upcoming',
  'payment_method.automatically_updated',
  'payment_method.updated',
] as const;

/** What the webhook's endpoint is subscribed to. */
export const subscribedEventTypes = [...handledEventTypes, ...noticeEventTypes].sort();
