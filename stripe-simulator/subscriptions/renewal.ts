/** Handles the end of a period or trial: bills the next period, or pauses or ends the subscription. */

import { draftInvoice, pendingItemsOf } from '../invoices/invoice-draft.ts';
import { collectInvoice, finalizeInvoice, voidInvoice } from '../invoices/invoice-payment.ts';
import type { Subscription, SubscriptionItem } from '../model/subscription.ts';
import { defaultPaymentMethod } from '../payments/payment-methods.ts';
import { nextBoundary } from '../time/billing-periods.ts';
import { change, emit } from '../world/records.ts';
import type { World } from '../world/world.ts';
import { endSubscription } from './subscription-end.ts';
import { amountOf, inPeriod, itemList, type Period, periodOf, recurringOf } from './subscription-items.ts';
import { changeSubscription } from './subscription-record.ts';

/** When an invoice is charged. Stripe charges a renewal an hour after it is drafted; requests charge immediately. */
export type CollectionTiming = 'immediately' | 'in_an_hour';

export const DRAFT_SECONDS = 3600;

/** Ends the current period or trial, as Stripe does when it is over. */
export function renewSubscription(
  world: World,
  subscription: Subscription,
  timing: CollectionTiming = 'immediately',
): Subscription {
  const { end } = periodOf(subscription);
  const ends =
    subscription.cancel_at_period_end || (subscription.cancel_at ?? Number.POSITIVE_INFINITY) <= end;
  if (ends) return endSubscription(world, subscription, { reason: 'cancellation_requested' });
  if (subscription.status === 'trialing') {
    return endTrial(world, subscription, { billingReason: 'subscription_cycle', timing: timing });
  }
  const isDue = (item: SubscriptionItem) => item.current_period_end <= end;
  const data = subscription.items.data.map((item) =>
    isDue(item)
      ? { ...item, current_period_start: end, current_period_end: endAfter(subscription, item, end) }
      : item,
  );
  const renewed = changeSubscription(world, subscription.id, {
    patch: { items: itemList(subscription.id, data) },
    event: 'customer.subscription.updated',
  });
  const items = data.filter((_, index) => subscription.items.data.slice(index, index + 1).some(isDue));
  return bill(world, renewed, { billingReason: 'subscription_cycle', timing, items });
}

/** Ends a trial: bills the first period, or cancels or pauses the subscription when it has no payment method. */
export function endTrial(world: World, subscription: Subscription, billing: Billing): Subscription {
  const now = world.seconds();
  const hasPaymentMethod =
    defaultPaymentMethod(world, { customer: subscription.customer, subscription }) !== undefined;
  const needsPayment =
    amountOf(subscription.items.data) > 0 && subscription.collection_method === 'charge_automatically';
  const missing = subscription.trial_settings.end_behavior.missing_payment_method;
  const trialEnd = Math.min(subscription.trial_end ?? now, now);
  if (needsPayment && !hasPaymentMethod && missing === 'cancel')
    return endSubscription(world, subscription, {});
  if (needsPayment && !hasPaymentMethod && missing === 'pause')
    return pauseAfterTrial(world, subscription, trialEnd);
  const anchored = { ...subscription, billing_cycle_anchor: now };
  const activated = changeSubscription(world, subscription.id, {
    patch: {
      status: 'active',
      trial_end: trialEnd,
      billing_cycle_anchor: now,
      items: inPeriod(subscription, periodAfter(anchored, now)),
    },
    event: 'customer.subscription.updated',
  });
  return billPeriod(world, activated, billing);
}

export function pausedDetails(world: World, type: string): Subscription['status_details'] {
  return { paused: { subscription: { type }, transitioned_at: world.seconds(), type: 'subscription' } };
}

function pauseAfterTrial(world: World, subscription: Subscription, trialEnd: number): Subscription {
  const paused = changeSubscription(world, subscription.id, {
    patch: {
      status: 'paused',
      status_details: pausedDetails(world, 'trial_end_without_payment_method'),
      trial_end: trialEnd,
    },
    event: 'customer.subscription.updated',
  });
  emit(world, 'customer.subscription.paused', { object: paused });
  return paused;
}

function endAfter(subscription: Subscription, item: SubscriptionItem, start: number): number {
  return nextBoundary(subscription.billing_cycle_anchor, recurringOf([item.price]), start);
}

/** Returns the period that begins at the given second. */
export function periodAfter(subscription: Subscription, start: number): Period {
  const recurring = recurringOf(subscription.items.data.map((item) => item.price));
  return { start, end: nextBoundary(subscription.billing_cycle_anchor, recurring, start) };
}

export interface Billing {
  readonly billingReason: string;
  readonly timing: CollectionTiming;
}

/** Bills the current period of all items together with the pending items. */
export function billPeriod(world: World, subscription: Subscription, billing: Billing): Subscription {
  return bill(world, subscription, { ...billing, items: subscription.items.data });
}

/** Bills only the pending items that a change has created. */
export function billProrations(world: World, subscription: Subscription): Subscription {
  return bill(world, subscription, {
    billingReason: 'subscription_update',
    timing: 'immediately',
    items: [],
  });
}

function bill(
  world: World,
  subscription: Subscription,
  { billingReason, timing, items }: Billing & { items: readonly SubscriptionItem[] },
): Subscription {
  const { customer, id } = subscription;
  const later = timing === 'in_an_hour' && advancesByItself(subscription);
  const invoice = draftInvoice(world, {
    customer,
    subscription,
    billingReason,
    currency: subscription.currency,
    items,
    pendingItems: pendingItemsOf(world, { customer, subscription: id }),
    collectionMethod: subscription.collection_method,
    daysUntilDue: subscription.days_until_due,
    finalizesAt: later ? world.seconds() + DRAFT_SECONDS : null,
  });
  change(world, world.store.subscriptions, {
    id,
    patch: { latest_invoice: invoice.id },
    event: 'customer.subscription.updated',
  });
  if (!later) processDraftInvoice(world, subscription, invoice.id);
  return world.store.subscriptions.get(id) ?? subscription;
}

/** Whether drafts are finalized automatically. Unpaid subscriptions and `keep_as_draft` only create drafts. */
function advancesByItself(subscription: Subscription): boolean {
  return subscription.pause_collection?.behavior !== 'keep_as_draft' && subscription.status !== 'unpaid';
}

/** Finalizes the draft of a subscription and tries to collect it, unless collection is paused. */
export function processDraftInvoice(world: World, subscription: Subscription, invoiceId: string): void {
  const behavior = subscription.pause_collection?.behavior;
  if (!advancesByItself(subscription)) return;
  const finalized = finalizeInvoice(world, invoiceId);
  if (finalized.status !== 'open') return;
  if (behavior !== undefined) {
    voidInvoice(world, invoiceId, behavior === 'void' ? 'void' : 'subscription_paused');
    return;
  }
  if (subscription.collection_method === 'send_invoice') return;
  const method = defaultPaymentMethod(world, { customer: subscription.customer, subscription });
  collectInvoice(world, invoiceId, { method });
}
