/** Changes the items of a subscription, with prorations, billing and payment. */

import { redeem } from '../discounts/redemption.ts';
import { draftInvoice, pendingItemsOf, previewInvoice } from '../invoices/invoice-draft.ts';
import { inFull } from '../invoices/invoice-lines.ts';
import { finalizeInvoice } from '../invoices/invoice-payment.ts';
import { collectInvoice } from '../invoices/invoice-settlement.ts';
import type { InvoiceItem } from '../model/invoice.ts';
import type { Subscription, SubscriptionItem } from '../model/subscription.ts';
import { isDecline, resultOfCharge } from '../payments/charge-results.ts';
import { authenticationRequired } from '../payments/payment-intents.ts';
import { cardError, defaultPaymentMethod } from '../payments/payment-methods.ts';
import { invalidRequest } from '../protocol/stripe-error.ts';
import { addIntervals } from '../time/billing-periods.ts';
import { change } from '../world/records.ts';
import type { World } from '../world/world.ts';
import { cycleOf, type ItemEdit, itemsAfter } from './item-edit.ts';
import type { PaymentBehavior, ProrationBehavior } from './new-subscription.ts';
import { holdUpdate } from './pending-update.ts';
import { addProrations, prorationsOf } from './prorations.ts';
import { billPeriod, billProrations } from './renewal.ts';
import { itemList, recurringOf } from './subscription-items.ts';
import { changeSubscription } from './subscription-record.ts';
import { noPaymentMethodError } from './subscription-start.ts';

export interface ChangeInput {
  readonly edits: readonly ItemEdit[];
  readonly prorationBehavior: ProrationBehavior;
  readonly prorationDate: number | null;
  readonly paymentBehavior: PaymentBehavior;
  /** Whether the billing cycle restarts now. */
  readonly anchorNow: boolean;
  /** Whether the change also ends the trial, which then bills the items. */
  readonly endsTrial: boolean;
}

/** The computed result of a change, before anything is stored. */
export interface ComputedChange {
  readonly items: readonly SubscriptionItem[];
  readonly restarts: boolean;
  readonly prorations: readonly InvoiceItem[];
}

/** Computes the result of a change without storing anything. */
export function computeChange(world: World, current: Subscription, input: ChangeInput): ComputedChange {
  const after = itemsAfter(world, current, input.edits);
  const trialing = current.status === 'trialing';
  // A different interval begins a new period, which is billed immediately.
  const newCycle = input.anchorNow || hasNewCycle(current.items.data, after);
  const restarts = newCycle && !trialing;
  checkProrationDate(current, input.prorationDate);
  const at = input.prorationDate ?? world.seconds();
  const prorations =
    input.prorationBehavior === 'none' || trialing
      ? []
      : prorationsOf(world, current, { after, restarts, at });
  return { items: restarts ? withNewPeriod(world, after) : after, restarts, prorations };
}

function checkProrationDate({ items }: Subscription, date: number | null): void {
  if (date === null) return;
  const starts = items.data.map((item) => item.current_period_start);
  const ends = items.data.map((item) => item.current_period_end);
  if (date >= Math.min(...starts) && date <= Math.max(...ends)) return;
  throw invalidRequest({
    message: 'Cannot specify a `proration_date` outside of the current billing cycle.',
    param: 'proration_date',
  });
}

/** Applies item edits, and bills or holds them as the terms require. */
export function changeItems(world: World, current: Subscription, input: ChangeInput): void {
  const computed = computeChange(world, current, input);
  const billsNow =
    current.status !== 'trialing' &&
    !input.endsTrial &&
    (computed.restarts || input.prorationBehavior === 'always_invoice');
  if (billsNow && dueNow(world, current, computed) > 0 && !canPay(world, current, input.paymentBehavior)) {
    holdUntilPaid(world, current, computed);
    return;
  }
  redeemItemDiscounts(world, current, { edits: input.edits, items: computed.items });
  addProrations(world, computed.prorations);
  const changed = changeSubscription(world, current.id, {
    patch: {
      items: itemList(current.id, computed.items),
      ...(computed.restarts
        ? { billing_cycle_anchor: world.seconds(), billing_cycle_anchor_config: null }
        : {}),
    },
    event: 'customer.subscription.updated',
  });
  if (!billsNow) return;
  const waits = input.paymentBehavior === 'default_incomplete';
  if (computed.restarts) {
    billPeriod(world, changed, { billingReason: 'subscription_update', timing: 'immediately', waits });
  } else {
    billProrations(world, changed, { waits });
  }
  if (waits) waitForPayment(world, current.id);
}

/** With `default_incomplete`, the subscription is past due until its invoice is paid. */
function waitForPayment(world: World, id: string): void {
  const { latest_invoice: latest, status } = world.store.subscriptions.get(id) ?? {};
  const isOpen = world.store.invoices.get(latest ?? '')?.status === 'open';
  if (!isOpen || status !== 'active') return;
  changeSubscription(world, id, { patch: { status: 'past_due' }, event: 'customer.subscription.updated' });
}

function redeemItemDiscounts(
  world: World,
  { id, customer }: Subscription,
  { edits, items }: { edits: readonly ItemEdit[]; items: readonly SubscriptionItem[] },
): void {
  const planned = edits.flatMap(({ discounts = [] }) => discounts);
  const owned = planned.map(({ discount, redeemable }) => {
    const item = items.find(({ discounts }) => discounts.includes(discount.id));
    const owner = { customer, subscription: id, subscription_item: item?.id ?? null };
    return { discount: { ...discount, ...owner }, redeemable };
  });
  redeem(world, owned);
}

function dueNow(world: World, current: Subscription, computed: ComputedChange): number {
  const { customer, id } = current;
  const preview = previewInvoice(world, {
    customer,
    subscription: current,
    billingReason: 'upcoming',
    currency: current.currency,
    billed: computed.restarts ? inFull(computed.items) : [],
    pendingItems: [...computed.prorations, ...pendingItemsOf(world, { customer, subscription: id })],
    collectionMethod: current.collection_method,
  });
  return Math.max(0, preview.total + (world.store.customers.get(customer)?.balance ?? 0));
}

/**
 * Whether the change can be paid now. Throws with `error_if_incomplete`; otherwise false holds the change until it is
 * paid.
 */
function canPay(world: World, current: Subscription, behavior: PaymentBehavior): boolean {
  const strict = behavior === 'error_if_incomplete';
  if (!strict && behavior !== 'pending_if_incomplete') return true;
  if (current.collection_method === 'send_invoice') return true;
  const method = defaultPaymentMethod(world, { customer: current.customer, subscription: current });
  const result = method && resultOfCharge(world, method);
  // A debit of a bank account is not known to fail yet.
  if (result !== undefined && result !== 'authenticates' && !isDecline(result)) return true;
  if (!strict) return false;
  if (result === undefined) throw noPaymentMethodError();
  throw cardError(result === 'authenticates' ? authenticationRequired : result, { payment_method: method });
}

/** Creates the invoice and lets its payment fail. The items stay unchanged until it is paid. */
function holdUntilPaid(world: World, current: Subscription, computed: ComputedChange): void {
  addProrations(world, computed.prorations);
  const { customer, id } = current;
  const invoice = draftInvoice(world, {
    customer,
    subscription: current,
    billingReason: 'subscription_update',
    currency: current.currency,
    billed: computed.restarts ? inFull(computed.items) : [],
    pendingItems: pendingItemsOf(world, { customer, subscription: id }),
    collectionMethod: current.collection_method,
  });
  const anchor = computed.restarts ? world.seconds() : current.billing_cycle_anchor;
  holdUpdate(world, current, { invoice: invoice.id, items: computed.items, anchor });
  finalizeInvoice(world, invoice.id);
  collectInvoice(world, invoice.id, {
    method: defaultPaymentMethod(world, { customer, subscription: current }),
  });
  // Stripe does not retry this invoice automatically: the change waits for the customer.
  change(world, world.store.invoices, {
    id: invoice.id,
    patch: { auto_advance: false, next_payment_attempt: null },
  });
}

/** Whether all items change from one interval to another. With several, each item has a period of its own. */
function hasNewCycle(before: readonly SubscriptionItem[], after: readonly SubscriptionItem[]): boolean {
  const [cycle, ...others] = new Set(before.map(({ price }) => cycleOf(price)));
  const [next, ...nextOthers] = new Set(after.map(({ price }) => cycleOf(price)));
  return others.length === 0 && nextOthers.length === 0 && cycle !== next;
}

function withNewPeriod(world: World, items: readonly SubscriptionItem[]): SubscriptionItem[] {
  const now = world.seconds();
  return items.map((item) => ({
    ...item,
    current_period_start: now,
    current_period_end: addIntervals(now, recurringOf([item.price]), 1),
  }));
}
