/** Changes the items of a subscription, with prorations, billing and payment. */

import { draftInvoice, pendingItemsOf } from '../invoices/invoice-draft.ts';
import { collectInvoice, finalizeInvoice } from '../invoices/invoice-payment.ts';
import type { InvoiceItem } from '../model/invoice.ts';
import type { Subscription, SubscriptionItem } from '../model/subscription.ts';
import { isDecline, resultOfCharge } from '../payments/charge-results.ts';
import { authenticationRequired } from '../payments/payment-intents.ts';
import { cardError, defaultPaymentMethod } from '../payments/payment-methods.ts';
import { addIntervals } from '../time/billing-periods.ts';
import { change } from '../world/records.ts';
import type { World } from '../world/world.ts';
import { type ItemEdit, itemsAfter } from './item-edit.ts';
import { holdUpdate } from './pending-update.ts';
import { addProrations, prorationsOf } from './prorations.ts';
import { billPeriod, billProrations } from './renewal.ts';
import { amountOf, itemList, recurringOf } from './subscription-items.ts';
import { changeSubscription } from './subscription-record.ts';
import { noPaymentMethodError, type PaymentBehavior } from './subscription-start.ts';

export interface ChangeInput {
  readonly edits: readonly ItemEdit[];
  readonly prorationBehavior: 'always_invoice' | 'create_prorations' | 'none';
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
  const newCycle = input.anchorNow || intervalOf(current.items.data) !== intervalOf(after);
  const restarts = newCycle && !trialing;
  const at = input.prorationDate ?? world.seconds();
  const prorations =
    input.prorationBehavior === 'none' || trialing
      ? []
      : prorationsOf(world, current, { after, restarts, at });
  return { items: restarts ? withNewPeriod(world, after) : after, restarts, prorations };
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
  addProrations(world, computed.prorations);
  const changed = changeSubscription(world, current.id, {
    patch: {
      items: itemList(current.id, computed.items),
      ...(computed.restarts ? { billing_cycle_anchor: world.seconds() } : {}),
    },
    event: 'customer.subscription.updated',
  });
  if (!billsNow) return;
  if (computed.restarts) {
    billPeriod(world, changed, { billingReason: 'subscription_update', timing: 'immediately' });
  } else {
    billProrations(world, changed);
  }
}

function dueNow(world: World, current: Subscription, computed: ComputedChange): number {
  const { customer, id } = current;
  const pendingItems = [...computed.prorations, ...pendingItemsOf(world, { customer, subscription: id })];
  const pendingAmount = pendingItems.reduce((sum, item) => sum + item.amount, 0);
  return pendingAmount + (computed.restarts ? amountOf(computed.items) : 0);
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
    items: computed.restarts ? computed.items : [],
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

function intervalOf(items: readonly SubscriptionItem[]): string {
  const recurring = items[0]?.price.recurring;
  return `${recurring?.interval_count} ${recurring?.interval}`;
}

function withNewPeriod(world: World, items: readonly SubscriptionItem[]): SubscriptionItem[] {
  const now = world.seconds();
  const end = addIntervals(now, recurringOf(items.map((item) => item.price)), 1);
  return items.map((item) => ({ ...item, current_period_start: now, current_period_end: end }));
}
