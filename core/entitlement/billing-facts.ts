/**
 * What a sync has read about the payments of a user's subscriptions, in addition to the subscriptions, and only if there is
 * something to show. A fact counts as long as the subscription still is as it was read for. Pure.
 */
import type { Subscription } from '../subscription/subscription.ts';

export interface BillingFact {
  /** `card`: it expires before the next charge. `confirmation`: the payment waits for the user to confirm it. */
  readonly kind: 'card' | 'confirmation';
  readonly subscriptionId: string;
  /** The id of the payment method or of the invoice. */
  readonly of: string;
  /** When the card expires, in Unix seconds. Null for a confirmation. */
  readonly at: number | null;
  /** The next charge for which the card was read, in Unix seconds. */
  readonly chargeAt: number | null;
}

/** Stripe collects nothing by itself in the others. */
const chargingStatuses: ReadonlySet<string> = new Set(['active', 'trialing', 'past_due']);
const lateStatuses: ReadonlySet<string> = new Set(['past_due', 'unpaid']);

/** A charge that Stripe will make by itself, and the payment method that it is taken from. */
export interface CardCharge {
  readonly subscriptionId: string;
  readonly paymentMethodId: string;
  readonly chargeAt: number;
}

/** Returns the charge at the end of the period, or of the trial. Undefined: none is made, or from nothing that is known. */
export function cardChargeOf(subscription: Subscription): CardCharge | undefined {
  const { id, status, items, trialEnd, cancelAt, cancelAtPeriodEnd, paymentMethodId } = subscription;
  if (!chargingStatuses.has(status) || subscription.collectionPaused) return undefined;
  const ends = [...items.map(({ periodEnd }) => periodEnd), subscription.periodEnd].filter(
    (end) => end !== null,
  );
  const periodEnd = ends.length === 0 ? null : Math.min(...ends);
  const chargeAt = status === 'trialing' ? (trialEnd ?? periodEnd) : periodEnd;
  if (chargeAt === null || typeof paymentMethodId !== 'string') return undefined;
  const endsBefore = cancelAtPeriodEnd || (cancelAt !== null && cancelAt <= chargeAt);
  return endsBefore ? undefined : { subscriptionId: id, paymentMethodId, chargeAt };
}

/** Returns the invoice whose payment a late subscription waits for. */
export function lateInvoiceOf({ status, latestInvoiceId }: Subscription): string | undefined {
  return lateStatuses.has(status) ? (latestInvoiceId ?? undefined) : undefined;
}

/** Returns the facts that still are about what the subscriptions are now. It needs no further read. */
export function keptFacts(
  facts: readonly BillingFact[],
  subscriptions: readonly Subscription[],
): readonly BillingFact[] {
  return facts.filter((fact) => {
    const subscription = subscriptions.find(({ id }) => id === fact.subscriptionId);
    if (subscription === undefined) return false;
    if (fact.kind === 'confirmation') return lateInvoiceOf(subscription) === fact.of;
    const charge = cardChargeOf(subscription);
    return charge?.paymentMethodId === fact.of && charge.chargeAt === fact.chargeAt;
  });
}
