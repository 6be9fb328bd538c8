/** Handles the end of a period or trial: bills the next period, or pauses or ends the subscription. */

import { draftInvoice, type InvoiceInput, pendingItemsOf } from '../invoices/invoice-draft.ts';
import { type BilledItem, inFull, isMetered } from '../invoices/invoice-lines.ts';
import { finalizeInvoice, voidInvoice } from '../invoices/invoice-payment.ts';
import { collectInvoice } from '../invoices/invoice-settlement.ts';
import { usageIn } from '../meters/usage.ts';
import type { Subscription, SubscriptionItem } from '../model/subscription.ts';
import { defaultPaymentMethod } from '../payments/payment-methods.ts';
import { addIntervals, nextBoundary } from '../time/billing-periods.ts';
import { change, emit } from '../world/records.ts';
import type { World } from '../world/world.ts';
import { countingAnchor } from './anchor.ts';
import { endSubscription } from './subscription-end.ts';
import { allowsMixed, amountOf, itemList, type Period, periodOf, recurringOf } from './subscription-items.ts';
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
  const { start, end } = periodOf(subscription);
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
  const due = data.filter((_, index) => subscription.items.data.slice(index, index + 1).some(isDue));
  return bill(world, renewed, {
    billingReason: 'subscription_cycle',
    timing,
    billed: [...usageLines(world, subscription, subscription.items.data.filter(isDue)), ...inFull(due)],
    period: { start, end },
  });
}

/** Returns what was used of the metered items in their period. */
export function usageLines(
  world: World,
  { customer }: Subscription,
  items: readonly SubscriptionItem[],
): BilledItem[] {
  return items
    .filter(({ price }) => isMetered(price))
    .map((item) => {
      const period = { start: item.current_period_start, end: item.current_period_end };
      return { item, period, usage: usageIn(world, item.price, { customer, ...period }) };
    });
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
  // An anchor after the trial stays: the time until then is billed in part.
  const keepsAnchor = subscription.billing_cycle_anchor > (subscription.trial_end ?? now);
  const anchor = keepsAnchor ? subscription.billing_cycle_anchor : now;
  const data = subscription.items.data.map((item) => ({
    ...item,
    current_period_start: now,
    current_period_end: nextBoundary(anchor, recurringOf([item.price]), now),
  }));
  const activated = changeSubscription(world, subscription.id, {
    patch: {
      status: 'active',
      trial_end: trialEnd,
      billing_cycle_anchor: anchor,
      items: itemList(subscription.id, data),
    },
    event: 'customer.subscription.updated',
  });
  const period = { start: periodOf(subscription).start, end: now };
  const billed = keepsAnchor ? inPart(data) : inFull(data);
  return bill(world, activated, { ...billing, billed, period });
}

/** Bills the current periods as parts of the intervals that begin with them. */
function inPart(items: readonly SubscriptionItem[]): BilledItem[] {
  return inFull(items).map(({ item }) => {
    const { current_period_start: start, current_period_end: end, price } = item;
    const whole = addIntervals(start, recurringOf([price]), 1) - start;
    return { item, share: { part: end - start, whole } };
  });
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
  return nextBoundary(countingAnchor(subscription), recurringOf([item.price]), start);
}

/** Returns the period that begins at the given second. */
export function periodAfter(subscription: Subscription, start: number): Period {
  const prices = subscription.items.data.map((item) => item.price);
  const recurring = recurringOf(prices, { mixed: allowsMixed(subscription) });
  return { start, end: nextBoundary(countingAnchor(subscription), recurring, start) };
}

export interface Billing {
  readonly billingReason: string;
  readonly timing: CollectionTiming;
  /** Whether the invoice waits for the customer instead of being collected, as with `default_incomplete`. */
  readonly waits?: boolean;
}

/** Bills the current period of all items together with the pending items. */
export function billPeriod(world: World, subscription: Subscription, billing: Billing): Subscription {
  return bill(world, subscription, { ...billing, billed: inFull(subscription.items.data) });
}

/** Bills only the pending items that a change has created, and what is given beyond them. */
export function billProrations(
  world: World,
  subscription: Subscription,
  { billed = [], waits = false }: { readonly billed?: readonly BilledItem[]; readonly waits?: boolean } = {},
): Subscription {
  const billing = { billingReason: 'subscription_update', timing: 'immediately' } as const;
  return bill(world, subscription, { ...billing, billed, waits });
}

function bill(
  world: World,
  subscription: Subscription,
  { billingReason, timing, billed, period, waits }: Billing & Pick<InvoiceInput, 'billed' | 'period'>,
): Subscription {
  const { customer, id } = subscription;
  const later = timing === 'in_an_hour' && advancesByItself(subscription);
  const invoice = draftInvoice(world, {
    customer,
    subscription,
    billingReason,
    currency: subscription.currency,
    ...(billed === undefined ? {} : { billed }),
    ...(period === undefined ? {} : { period }),
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
  if (waits === true) finalizeInvoice(world, invoice.id);
  else if (!later) processDraftInvoice(world, subscription, invoice.id);
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
