/** A period or a trial comes to its end: the next one begins and is billed, or the subscription ends. */

import { draftInvoice, pendingItemsOf } from '../invoices/invoice-draft.ts';
import { collectInvoice, finalizeInvoice, voidInvoice } from '../invoices/invoice-payment.ts';
import type { Subscription, SubscriptionItem } from '../model/subscription.ts';
import { defaultPaymentMethod } from '../payments/payment-methods.ts';
import { nextBoundary } from '../time/billing-periods.ts';
import { change, emit } from '../world/records.ts';
import type { World } from '../world/world.ts';
import { endSubscription } from './subscription-end.ts';
import { amountOf, inPeriod, type Period, periodOf, recurringOf } from './subscription-items.ts';
import { changeSubscription } from './subscription-record.ts';

/** As a period ends Stripe drafts the invoice and charges it an hour later; on demand both happen at once. */
export type CollectionTiming = 'at once' | 'in an hour';

export const DRAFT_SECONDS = 3600;

export function renewSubscription(
  world: World,
  subscription: Subscription,
  settling: CollectionTiming = 'at once',
): Subscription {
  const { end } = periodOf(subscription);
  const ends =
    subscription.cancel_at_period_end || (subscription.cancel_at ?? Number.POSITIVE_INFINITY) <= end;
  if (ends) return endSubscription(world, subscription, { reason: 'cancellation_requested' });
  if (subscription.status === 'trialing') {
    return endTrial(world, subscription, { billingReason: 'subscription_cycle', timing: settling });
  }
  const period = periodAfter(subscription, end);
  const renewed = changeSubscription(world, subscription.id, {
    patch: { items: inPeriod(subscription, period) },
    event: 'customer.subscription.updated',
  });
  return billPeriod(world, renewed, { billingReason: 'subscription_cycle', timing: settling });
}

export function endTrial(world: World, subscription: Subscription, choice: Billing): Subscription {
  const now = world.seconds();
  const payable =
    defaultPaymentMethod(world, { customer: subscription.customer, subscription }) !== undefined;
  const due =
    amountOf(subscription.items.data) > 0 && subscription.collection_method === 'charge_automatically';
  const missing = subscription.trial_settings.end_behavior.missing_payment_method;
  const trialEnd = Math.min(subscription.trial_end ?? now, now);
  if (due && !payable && missing === 'cancel') return endSubscription(world, subscription, {});
  if (due && !payable && missing === 'pause') return pauseAfterTrial(world, subscription, trialEnd);
  const anchored = { ...subscription, billing_cycle_anchor: now };
  const billed = changeSubscription(world, subscription.id, {
    patch: {
      status: 'active',
      trial_end: trialEnd,
      billing_cycle_anchor: now,
      items: inPeriod(subscription, periodAfter(anchored, now)),
    },
    event: 'customer.subscription.updated',
  });
  return billPeriod(world, billed, choice);
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

export function periodAfter(subscription: Subscription, start: number): Period {
  const recurring = recurringOf(subscription.items.data.map((item) => item.price));
  return { start, end: nextBoundary(subscription.billing_cycle_anchor, recurring, start) };
}

export interface Billing {
  readonly billingReason: string;
  readonly timing: CollectionTiming;
}

/** Bills the items' present period and what is pending beside them. */
export function billPeriod(world: World, subscription: Subscription, billing: Billing): Subscription {
  return bill(world, subscription, { ...billing, items: subscription.items.data });
}

/** Bills only what a change has left pending. */
export function billProrations(world: World, subscription: Subscription): Subscription {
  return bill(world, subscription, {
    billingReason: 'subscription_update',
    timing: 'at once',
    items: [],
  });
}

function bill(
  world: World,
  subscription: Subscription,
  { billingReason, timing: settling, items }: Billing & { items: readonly SubscriptionItem[] },
): Subscription {
  const { customer, id } = subscription;
  const later = settling === 'in an hour' && advancesByItself(subscription);
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

/** Marked unpaid, or collection on hold: invoices go on, attempts do not. */
function advancesByItself(subscription: Subscription): boolean {
  return subscription.pause_collection?.behavior !== 'keep_as_draft' && subscription.status !== 'unpaid';
}

/** Finalizes a subscription's draft and tries to collect it. */
export function processDraftInvoice(world: World, subscription: Subscription, invoiceId: string): void {
  const behavior = subscription.pause_collection?.behavior;
  if (!advancesByItself(subscription)) return;
  const finalized = finalizeInvoice(world, invoiceId);
  if (finalized.status !== 'open') return;
  if (behavior !== undefined) {
    voidInvoice(world, invoiceId, behavior === 'void' ? 'void' : 'uncollectible');
    return;
  }
  if (subscription.collection_method === 'send_invoice') return;
  const method = defaultPaymentMethod(world, { customer: subscription.customer, subscription });
  collectInvoice(world, invoiceId, { method });
}
