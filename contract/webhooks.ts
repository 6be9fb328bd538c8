/** The answer to both webhooks. Their requests are the events of Stripe and RevenueCat, and belong to them. */
export interface WebhookResponse {
  readonly received: true;
}
