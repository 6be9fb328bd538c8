/** Changes a subscription's items: prices and quantities, with what that owes and how it is paid. */

import { draftInvoice, pendingItemsOf } from '../invoices/invoice-draft.ts';
import { collectInvoice, finalizeInvoice } from '../invoices/invoice-payment.ts';
import type { InvoiceItem } from '../model/invoice.ts';
import type { Subscription, SubscriptionItem } from '../model/subscription.ts';
import { authenticationRequired } from '../payments/payment-intents.ts';
import { cardError, defaultPaymentMethod } from '../payments/payment-methods.ts';
import { chargeResult } from '../payments/test-cards.ts';
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
  /** the billing cycle begins anew */
  readonly anchorNow: boolean;
  /** the trial's end bills what is left to bill */
  readonly endsTrial: boolean;
}

/** What a change would come to; nothing has happened yet. */
export interface ComputedChange {
  readonly items: readonly SubscriptionItem[];
  readonly restarts: boolean;
  readonly prorations: readonly InvoiceItem[];
}

export function computeChange(world: World, current: Subscription, order: ChangeInput): ComputedChange {
  const after = itemsAfter(world, current, order.edits);
  const trialing = current.status === 'trialing';
  // Another interval begins a new period, which is billed at once.
  const newCycle = order.anchorNow || intervalOf(current.items.data) !== intervalOf(after);
  const restarts = newCycle && !trialing;
  const at = order.prorationDate ?? world.seconds();
  const prorations =
    order.prorationBehavior === 'none' || trialing
      ? []
      : prorationsOf(world, current, { after, restarts, at });
  return { items: restarts ? withNewPeriod(world, after) : after, restarts, prorations };
}

export function changeItems(world: World, current: Subscription, order: ChangeInput): void {
  const plan = computeChange(world, current, order);
  const billsNow =
    current.status !== 'trialing' &&
    !order.endsTrial &&
    (plan.restarts || order.prorationBehavior === 'always_invoice');
  if (billsNow && dueNow(world, current, plan) > 0 && !canPay(world, current, order.paymentBehavior)) {
    holdUntilPaid(world, current, plan);
    return;
  }
  addProrations(world, plan.prorations);
  const changed = changeSubscription(world, current.id, {
    patch: {
      items: itemList(current.id, plan.items),
      ...(plan.restarts ? { billing_cycle_anchor: world.seconds() } : {}),
    },
    event: 'customer.subscription.updated',
  });
  if (!billsNow) return;
  if (plan.restarts) {
    billPeriod(world, changed, { billingReason: 'subscription_update', timing: 'at once' });
  } else {
    billProrations(world, changed);
  }
}

function dueNow(world: World, current: Subscription, plan: ComputedChange): number {
  const { customer, id } = current;
  const waiting = [...plan.prorations, ...pendingItemsOf(world, { customer, subscription: id })];
  const pending = waiting.reduce((sum, item) => sum + item.amount, 0);
  return pending + (plan.restarts ? amountOf(plan.items) : 0);
}

/** False: the change waits for its payment. A refusal is thrown where the caller asked for one. */
function canPay(world: World, current: Subscription, behavior: PaymentBehavior): boolean {
  const strict = behavior === 'error_if_incomplete';
  if (!strict && behavior !== 'pending_if_incomplete') return true;
  if (current.collection_method === 'send_invoice') return true;
  const method = defaultPaymentMethod(world, { customer: current.customer, subscription: current });
  const result = method && chargeResult(method.card.last4);
  if (result === 'succeeds') return true;
  if (!strict) return false;
  if (result === undefined) throw noPaymentMethodError();
  throw cardError(result === 'authenticates' ? authenticationRequired : result, { payment_method: method });
}

/** The invoice is made and fails; the items stay as they were until it is paid. */
function holdUntilPaid(world: World, current: Subscription, plan: ComputedChange): void {
  addProrations(world, plan.prorations);
  const { customer, id } = current;
  const invoice = draftInvoice(world, {
    customer,
    subscription: current,
    billingReason: 'subscription_update',
    currency: current.currency,
    items: plan.restarts ? plan.items : [],
    pendingItems: pendingItemsOf(world, { customer, subscription: id }),
    collectionMethod: current.collection_method,
  });
  const anchor = plan.restarts ? world.seconds() : current.billing_cycle_anchor;
  holdUpdate(world, current, { invoice: invoice.id, items: plan.items, anchor });
  finalizeInvoice(world, invoice.id);
  collectInvoice(world, invoice.id, {
    method: defaultPaymentMethod(world, { customer, subscription: current }),
  });
  // Stripe does not try again by itself: the change waits for the customer.
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
