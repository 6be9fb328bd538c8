/** What a row shows of payments must have its cause in Stripe. The world says what that is; no decision of the product is used. */
import type { BillingFact } from '../core/entitlement/billing-facts.ts';
import { reportViolation, type User, type World } from './world.ts';

/** By the years of the world's cards, one has expired long before every charge, and the others never do. */
const EXPIRED_BEFORE_YEAR = 2020;

export function checkNotices(world: World, user: User): void {
  const row = world.dynamodb.entitlements.get(user.sub);
  for (const fact of row?.billingFacts ?? []) {
    if (hasCause(world, fact)) continue;
    const about = `${fact.kind} of ${fact.subscriptionId}`;
    reportViolation(world, user, `22. the row shows of a payment what is over: ${about}`);
  }
}

function hasCause({ stripe }: World, { kind, subscriptionId, of }: BillingFact): boolean {
  const subscription = stripe.subscriptions.get(subscriptionId);
  if (subscription === undefined) return false;
  const { status, paymentMethodId, latestInvoiceId } = subscription;
  if (kind === 'confirmation') {
    const isLate = status === 'past_due' || status === 'unpaid';
    return isLate && latestInvoiceId === of && stripe.unconfirmed.has(of);
  }
  const isCharged = ['active', 'trialing', 'past_due'].includes(status);
  const year = stripe.cards.get(of)?.expYear ?? Number.POSITIVE_INFINITY;
  return isCharged && paymentMethodId === of && year < EXPIRED_BEFORE_YEAR;
}
