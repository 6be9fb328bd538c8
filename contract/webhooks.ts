/** The answer to both webhooks. Their requests are the events of Stripe and RevenueCat, and belong to them. */
/** Any other answer makes the sender repeat the event. */
export interface WebhookResponse {
  readonly received: true;
}
