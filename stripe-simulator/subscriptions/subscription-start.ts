/** Starts subscriptions: creates the record and the first invoice, and collects the first payment. */

import { bindCurrency, checkCurrency } from '../customers/customer-currency.ts';
import { forgetDiscounts, type PlannedDiscount, planDiscounts, redeem } from '../discounts/redemption.ts';
import {
  draftInvoice,
  type InvoiceInput,
  pendingItemsOf,
  previewInvoice,
} from '../invoices/invoice-draft.ts';
import type { BilledItem } from '../invoices/invoice-lines.ts';
import { finalizeInvoice } from '../invoices/invoice-payment.ts';
import { collectInvoice } from '../invoices/invoice-settlement.ts';
import type { InvoiceItem } from '../model/invoice.ts';
import type { Subscription } from '../model/subscription.ts';
import { isDecline, resultOfCharge } from '../payments/charge-results.ts';
import { authenticationRequired } from '../payments/payment-intents.ts';
import { cardError } from '../payments/payment-methods.ts';
import { invalidRequest, type StripeError } from '../protocol/stripe-error.ts';
import { requireLocation } from '../taxes/automatic-tax.ts';
import { add, emit } from '../world/records.ts';
import type { World } from '../world/world.ts';
import { checkAnchor, firstBilling } from './first-period.ts';
import { newSubscription, type SubscriptionInput, startTerms } from './new-subscription.ts';
import { DRAFT_SECONDS } from './renewal.ts';
import { itemList } from './subscription-items.ts';
import { addSubscription } from './subscription-record.ts';

export const TRIAL_NOTICE_SECONDS = 3 * 24 * 3600;

/** A subscription that is not stored yet, and what its first invoice bills. */
interface Plan {
  readonly subscription: Subscription;
  readonly discounts: readonly PlannedDiscount[];
  readonly billed: readonly BilledItem[];
  readonly pendingItems: readonly InvoiceItem[];
}

/** Creates a subscription and returns it after its first payment attempt. */
export function startSubscription(world: World, input: SubscriptionInput): Subscription {
  const currency = input.items[0]?.price.currency ?? 'usd';
  if (input.schedule === undefined) checkCurrency(world, input.customer.id, currency);
  if (input.automaticTax === true) requireLocation(world, input.customer.id);
  checkAnchor(
    startTerms(world, input),
    input.items.map(({ price }) => price),
  );
  const plan = planSubscription(world, input);
  const due = checkedAmount(world, input, plan);
  const { subscription, invoiceId } = store(world, input, { plan, due });
  bindCurrency(world, input.customer.id, currency);
  announceShortTrial(world, subscription);
  if (invoiceId !== null) billFirstInvoice(world, input, { plan, invoiceId });
  return world.store.subscriptions.get(subscription.id) ?? subscription;
}

/** Previews the first invoice of a subscription. Nothing is stored. */
export function previewFirstInvoice(
  world: World,
  input: SubscriptionInput,
): ReturnType<typeof previewInvoice> {
  const plan = planSubscription(world, input);
  const preview = previewInvoice(world, { ...firstInvoice(plan), billingReason: 'upcoming' });
  forgetDiscounts(world, plan.discounts);
  return preview;
}

function planSubscription(world: World, input: SubscriptionInput): Plan {
  const bare = newSubscription(world, input);
  const owner = { customer: input.customer.id, subscription: bare.id };
  const own = planDiscounts(world, input.discounts ?? [], owner);
  const ofItems = bare.items.data.map((item, index) =>
    planDiscounts(world, input.items[index]?.discounts ?? [], { ...owner, subscription_item: item.id }),
  );
  const items = bare.items.data.map((item, index) => ({
    ...item,
    discounts: (ofItems[index] ?? []).map(({ discount }) => discount.id),
  }));
  const terms = startTerms(world, input);
  const billing = { prorates: input.prorationBehavior !== 'none', mode: input.billingMode };
  return {
    subscription: {
      ...bare,
      discounts: own.map(({ discount }) => discount.id),
      items: itemList(bare.id, items),
    },
    discounts: [...own, ...ofItems.flat()],
    billed: items.flatMap((item) => firstBilling(terms, item, billing)),
    pendingItems: [
      ...pendingItemsOf(world, { customer: input.customer.id }),
      ...(input.oneTimeItems ?? []).map((item) => ({ ...item, customer: input.customer.id })),
    ],
  };
}

function firstInvoice({ subscription, billed, pendingItems }: Plan): InvoiceInput {
  return {
    customer: subscription.customer,
    subscription,
    billingReason: 'subscription_create',
    currency: subscription.currency,
    billed,
    free: subscription.status === 'trialing',
    pendingItems,
    collectionMethod: subscription.collection_method,
    daysUntilDue: subscription.days_until_due,
  };
}

/** Returns what is due now. Throws if it cannot be paid, before anything is stored. */
function checkedAmount(world: World, input: SubscriptionInput, plan: Plan): number {
  const { total } = previewInvoice(world, firstInvoice(plan));
  const due = Math.max(0, total + input.customer.balance);
  try {
    rejectUnpayable(world, input, due);
  } catch (error) {
    forgetDiscounts(world, plan.discounts);
    throw error;
  }
  return due;
}

function store(
  world: World,
  input: SubscriptionInput,
  { plan, due }: { plan: Plan; due: number },
): { subscription: Subscription; invoiceId: string | null } {
  const collectsNow = input.collectionMethod === 'charge_automatically' && !waitsAsDraft(input);
  const waits = collectsNow && due > 0;
  // Without prorations, the time until the anchor is free. Unlike a trial, it has no invoice over nothing.
  const hasInvoice =
    plan.billed.length > 0 || plan.pendingItems.length > 0 || isBilledLater(plan.subscription);
  const invoiceId = hasInvoice ? world.ids.next('in_') : null;
  const subscription = addSubscription(world, {
    ...plan.subscription,
    latest_invoice: invoiceId,
    status: waits && plan.subscription.status !== 'trialing' ? 'incomplete' : plan.subscription.status,
  });
  for (const discount of redeem(world, plan.discounts))
    if (discount.subscription_item === null) emit(world, 'customer.discount.created', { object: discount });
  return { subscription, invoiceId };
}

/** A subscription to metered prices only has a first invoice over nothing. */
function isBilledLater({ items, billing_cycle_anchor: anchor, created, status }: Subscription): boolean {
  const startsNow = status === 'trialing' || anchor <= created;
  return startsNow && items.data.every(({ price }) => price.recurring?.usage_type === 'metered');
}

/** Announces the end of a trial immediately when it ends within three days. */
export function announceShortTrial(world: World, subscription: Subscription): void {
  const { status, trial_end: end } = subscription;
  if (status === 'trialing' && end !== null && end - world.seconds() < TRIAL_NOTICE_SECONDS) {
    announceTrialEnd(world, subscription);
  }
}

/** Emits `trial_will_end` and records that it was sent. */
export function announceTrialEnd(world: World, subscription: Subscription): void {
  world.store.notices.put({ id: subscription.id, about: subscription.trial_end ?? world.seconds() });
  emit(world, 'customer.subscription.trial_will_end', { object: subscription });
}

/** The first invoice of a schedule or a quote is collected an hour later. */
function waitsAsDraft({ schedule, waitsAsDraft: waits }: SubscriptionInput): boolean {
  return schedule !== undefined || waits === true;
}

function rejectUnpayable(world: World, input: SubscriptionInput, firstAmount: number): void {
  const automatic = input.collectionMethod === 'charge_automatically';
  if (waitsAsDraft(input)) return;
  if (!automatic || firstAmount === 0 || input.paymentBehavior === 'default_incomplete') return;
  if (input.method === undefined) {
    throw noPaymentMethodError();
  }
  if (input.paymentBehavior !== 'error_if_incomplete') return;
  const result = resultOfCharge(world, input.method, input.authenticated);
  if (result === 'authenticates') throw cardError(authenticationRequired);
  if (isDecline(result)) throw cardError(result, { payment_method: input.method });
}

export function noPaymentMethodError(): StripeError {
  return invalidRequest({
    message:
      'This customer has no attached payment source or default payment method. Please consider adding a default payment method. For more information, visit https://stripe.com/docs/billing/subscriptions/payment-methods-setting#payment-method-priority.',
    code: 'resource_missing',
  });
}

function billFirstInvoice(
  world: World,
  input: SubscriptionInput,
  { plan, invoiceId }: { plan: Plan; invoiceId: string },
): void {
  const subscription = world.store.subscriptions.get(plan.subscription.id) ?? plan.subscription;
  for (const row of plan.pendingItems) {
    if (world.store.invoiceItems.get(row.id) === undefined)
      add(world, world.store.invoiceItems, { row, event: 'invoiceitem.created' });
  }
  // Invoices that are sent, and those of a schedule or a quote, stay drafts for an hour. Only the others are collected at once.
  const isDraft = subscription.collection_method === 'send_invoice' || waitsAsDraft(input);
  const invoice = draftInvoice(world, {
    ...firstInvoice({ ...plan, subscription }),
    id: invoiceId,
    finalizesAt: isDraft ? world.seconds() + DRAFT_SECONDS : null,
  });
  if (isDraft) return;
  const finalized = finalizeInvoice(world, invoice.id);
  if (finalized.status !== 'open') return;
  if (input.paymentBehavior !== 'default_incomplete') {
    collectInvoice(world, invoice.id, { method: input.method, authenticated: input.authenticated });
  }
}
