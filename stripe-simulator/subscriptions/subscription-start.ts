/** Starts subscriptions: creates the record and the first invoice, and collects the first payment. */

import { draftInvoice, pendingItemsOf } from '../invoices/invoice-draft.ts';
import { collectInvoice, finalizeInvoice } from '../invoices/invoice-payment.ts';
import type { Metadata, Opaque } from '../model/common.ts';
import type { Customer } from '../model/customer.ts';
import type { PaymentMethod } from '../model/payment.ts';
import type { Subscription } from '../model/subscription.ts';
import { isDecline, resultOfCharge } from '../payments/charge-results.ts';
import { authenticationRequired } from '../payments/payment-intents.ts';
import { cardError } from '../payments/payment-methods.ts';
import { invalidRequest, type StripeError } from '../protocol/stripe-error.ts';
import { addIntervals, nextBoundary } from '../time/billing-periods.ts';
import { emit } from '../world/records.ts';
import type { World } from '../world/world.ts';
import { DRAFT_SECONDS } from './renewal.ts';
import { amountOf, type ItemInput, itemList, newItem, recurringOf } from './subscription-items.ts';
import { addSubscription } from './subscription-record.ts';

export type PaymentBehavior =
  | 'allow_incomplete'
  | 'default_incomplete'
  | 'error_if_incomplete'
  | 'pending_if_incomplete';

export interface SubscriptionInput {
  readonly customer: Customer;
  readonly items: readonly ItemInput[];
  readonly metadata: Metadata;
  readonly trialEnd: number | null;
  readonly paymentBehavior: PaymentBehavior;
  readonly collectionMethod: Subscription['collection_method'];
  readonly daysUntilDue: number | null;
  /** The subscription's own default payment method. */
  readonly ownMethod: PaymentMethod | undefined;
  /** The payment method to charge: the subscription's own or the customer's default. */
  readonly method: PaymentMethod | undefined;
  readonly authenticated: boolean;
  readonly cancelAt: number | 'period_end' | null;
  readonly cancelAtPeriodEnd: boolean;
  readonly missingPaymentMethod: string;
  readonly billingMode: 'classic' | 'flexible';
  readonly anchor: number | null;
  readonly description: string | null;
  readonly paymentSettings: Opaque;
  /** The schedule that starts the subscription. Its first invoice stays a draft for an hour. */
  readonly schedule?: string;
}

export const TRIAL_NOTICE_SECONDS = 3 * 24 * 3600;

/** Creates a subscription and returns it after its first payment attempt. */
export function startSubscription(world: World, input: SubscriptionInput): Subscription {
  const firstAmount = isTrial(world, input) ? 0 : amountOf(input.items);
  rejectUnpayable(world, input, firstAmount);
  const invoiceId = world.ids.next('in_');
  const subscription = addSubscription(world, newRecord(world, input, { invoiceId, firstAmount }));
  announceShortTrial(world, subscription);
  billFirstInvoice(world, input, { subscription, invoiceId });
  return world.store.subscriptions.get(subscription.id) ?? subscription;
}

export function isTrial(world: World, input: Pick<SubscriptionInput, 'trialEnd'>): boolean {
  return input.trialEnd !== null && input.trialEnd > world.seconds();
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

function rejectUnpayable(world: World, input: SubscriptionInput, firstAmount: number): void {
  const automatic = input.collectionMethod === 'charge_automatically';
  if (input.schedule !== undefined) return;
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

/** Fields that the simulator does not support. */
const unusedFields = {
  application: null,
  application_fee_percent: null,
  automatic_tax: { disabled_reason: null, enabled: false, liability: null },
  billing_cycle_anchor_config: null,
  billing_thresholds: null,
  customer_account: null,
  default_source: null,
  default_tax_rates: [],
  discounts: [],
  next_pending_invoice_item_invoice: null,
  on_behalf_of: null,
  pending_invoice_item_interval: null,
  pending_setup_intent: null,
  pending_update: null,
  transfer_data: null,
} as const;

function newRecord(
  world: World,
  input: SubscriptionInput,
  first: { invoiceId: string; firstAmount: number },
): Subscription {
  const now = world.seconds();
  const id = world.ids.next('sub_');
  const trial = isTrial(world, input);
  const anchor = trial ? (input.trialEnd ?? now) : (input.anchor ?? now);
  const items = input.items.map((item) => {
    const recurring = recurringOf([item.price]);
    const end = trial || anchor > now ? anchor : addIntervals(anchor, recurring, 1);
    const period = { start: now, end: end > now ? end : nextBoundary(anchor, recurring, now) };
    return newItem(world, item, { subscription: id, period });
  });
  const firstEnd = Math.min(...items.map((item) => item.current_period_end));
  const cancelAt = input.cancelAtPeriodEnd || input.cancelAt === 'period_end' ? firstEnd : input.cancelAt;
  const collectsNow = input.collectionMethod === 'charge_automatically' && input.schedule === undefined;
  const needsPayment = collectsNow && first.firstAmount > 0;
  return {
    id,
    object: 'subscription',
    ...unusedFields,
    billing_cycle_anchor: anchor,
    billing_mode: {
      flexible: input.billingMode === 'flexible' ? { proration_discounts: 'included' } : null,
      type: input.billingMode,
    },
    cancel_at: cancelAt,
    cancel_at_period_end: input.cancelAtPeriodEnd,
    canceled_at: cancelAt === null ? null : now,
    cancellation_details: { comment: null, feedback: null, feedback_option: null, reason: null },
    collection_method: input.collectionMethod,
    created: now,
    currency: input.items[0]?.price.currency ?? 'usd',
    customer: input.customer.id,
    days_until_due: input.daysUntilDue,
    default_payment_method: input.ownMethod?.id ?? null,
    description: input.description,
    ended_at: null,
    invoice_settings: { account_tax_ids: null, issuer: { type: 'self' } },
    items: itemList(id, items),
    latest_invoice: first.invoiceId,
    livemode: false,
    metadata: input.metadata,
    pause_collection: null,
    payment_settings: input.paymentSettings,
    schedule: input.schedule ?? null,
    start_date: now,
    status: trial ? 'trialing' : needsPayment ? 'incomplete' : 'active',
    status_details: null,
    test_clock: input.customer.test_clock,
    trial_end: trial ? input.trialEnd : null,
    trial_settings: trialSettings(input.missingPaymentMethod),
    trial_start: trial ? now : null,
  };
}

export function trialSettings(missing: string): Subscription['trial_settings'] {
  return { end_behavior: { billing_cycle_anchor: null, missing_payment_method: missing } };
}

function billFirstInvoice(
  world: World,
  input: SubscriptionInput,
  { subscription, invoiceId }: { subscription: Subscription; invoiceId: string },
): void {
  // Invoices that are sent, and those of a schedule, stay drafts for an hour. Only the others are collected at once.
  const isDraft = subscription.collection_method === 'send_invoice' || subscription.schedule !== null;
  const invoice = draftInvoice(world, {
    id: invoiceId,
    customer: subscription.customer,
    subscription,
    billingReason: 'subscription_create',
    currency: subscription.currency,
    items: subscription.items.data,
    free: subscription.status === 'trialing',
    pendingItems: pendingItemsOf(world, { customer: subscription.customer }),
    collectionMethod: subscription.collection_method,
    daysUntilDue: subscription.days_until_due,
    finalizesAt: isDraft ? world.seconds() + DRAFT_SECONDS : null,
  });
  if (isDraft) return;
  const finalized = finalizeInvoice(world, invoice.id);
  if (finalized.status === 'open' && input.paymentBehavior !== 'default_incomplete') {
    collectInvoice(world, invoice.id, { method: input.method, authenticated: input.authenticated });
  }
}
