/** The record of a new subscription. */
import type { Redeemable } from '../discounts/redemption.ts';
import type { Metadata, Opaque } from '../model/common.ts';
import type { Customer } from '../model/customer.ts';
import type { InvoiceItem } from '../model/invoice.ts';
import type { PaymentMethod } from '../model/payment.ts';
import type { AnchorConfig, Subscription, SubscriptionItem } from '../model/subscription.ts';
import type { TaxRate } from '../model/tax.ts';
import { automaticTaxRecord } from '../taxes/automatic-tax.ts';
import type { World } from '../world/world.ts';
import { nextAnchor } from './anchor.ts';
import { firstAnchor, firstPeriod, type StartTerms } from './first-period.ts';
import { type ItemInput, itemList, newItem, recurringOf } from './subscription-items.ts';

export type PaymentBehavior =
  | 'allow_incomplete'
  | 'default_incomplete'
  | 'error_if_incomplete'
  | 'pending_if_incomplete';

export type ProrationBehavior = 'always_invoice' | 'create_prorations' | 'none';

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
  readonly cancelAt: number | 'min_period_end' | 'max_period_end' | null;
  readonly cancelAtPeriodEnd: boolean;
  readonly missingPaymentMethod: string;
  readonly billingMode: 'classic' | 'flexible';
  readonly anchor: number | null;
  readonly description: string | null;
  readonly paymentSettings: Opaque;
  /** The schedule that starts the subscription. Its first invoice stays a draft for an hour. */
  readonly schedule?: string;
  readonly anchorConfig?: AnchorConfig | null;
  /** When the subscription has begun, if that is in the past. */
  readonly startDate?: number | null;
  readonly prorationBehavior?: ProrationBehavior;
  readonly discounts?: readonly Redeemable[];
  readonly defaultTaxRates?: readonly TaxRate[];
  readonly automaticTax?: boolean;
  /** One-time prices that the first invoice bills, too. They are not stored yet. */
  readonly oneTimeItems?: readonly InvoiceItem[];
  /** Whether the first invoice stays a draft for an hour. */
  readonly waitsAsDraft?: boolean;
}

export function isTrial(world: World, input: Pick<SubscriptionInput, 'trialEnd'>): boolean {
  return input.trialEnd !== null && input.trialEnd > world.seconds();
}

export function startTerms(world: World, input: SubscriptionInput): StartTerms {
  const now = world.seconds();
  const config = input.anchorConfig ?? null;
  return {
    now,
    start: input.startDate ?? now,
    anchor:
      config === null
        ? input.anchor
        : nextAnchor(config, isTrial(world, input) ? (input.trialEnd ?? now) : now),
    trialEnd: isTrial(world, input) ? input.trialEnd : null,
  };
}

/** Fields that the simulator does not support. */
const unusedFields = {
  application: null,
  application_fee_percent: null,
  billing_thresholds: null,
  customer_account: null,
  default_source: null,
  next_pending_invoice_item_invoice: null,
  on_behalf_of: null,
  pending_invoice_item_interval: null,
  pending_setup_intent: null,
  pending_update: null,
  transfer_data: null,
} as const;

/** Returns the record, without its discounts, before anything is paid. */
export function newSubscription(world: World, input: SubscriptionInput): Subscription {
  const terms = startTerms(world, input);
  const id = world.ids.next('sub_');
  const items = input.items.map((item) => {
    const period = firstPeriod(terms, recurringOf([item.price]));
    return newItem(world, item, { subscription: id, period });
  });
  const cancelAt = cancelAtOf(input, items);
  const trial = terms.trialEnd !== null;
  return {
    id,
    object: 'subscription',
    ...unusedFields,
    ...billingOf(input, firstAnchor(terms)),
    cancel_at: cancelAt,
    cancel_at_period_end: input.cancelAtPeriodEnd,
    canceled_at: cancelAt === null ? null : terms.now,
    cancellation_details: { comment: null, feedback: null, feedback_option: null, reason: null },
    created: terms.now,
    currency: input.items[0]?.price.currency ?? 'usd',
    customer: input.customer.id,
    description: input.description,
    discounts: [],
    ended_at: null,
    items: itemList(id, items),
    latest_invoice: null,
    livemode: false,
    metadata: input.metadata,
    pause_collection: null,
    schedule: input.schedule ?? null,
    start_date: terms.start,
    status: trial ? 'trialing' : 'active',
    status_details: null,
    test_clock: input.customer.test_clock,
    trial_end: terms.trialEnd,
    trial_settings: trialSettings(input.missingPaymentMethod),
    trial_start: trial ? terms.now : null,
  };
}

function billingOf(input: SubscriptionInput, anchor: number) {
  return {
    automatic_tax: automaticTaxRecord(input.automaticTax ?? false),
    billing_cycle_anchor: anchor,
    billing_cycle_anchor_config: input.anchorConfig ?? null,
    billing_mode: {
      flexible: input.billingMode === 'flexible' ? { proration_discounts: 'included' as const } : null,
      type: input.billingMode,
    },
    collection_method: input.collectionMethod,
    days_until_due: input.daysUntilDue,
    default_payment_method: input.ownMethod?.id ?? null,
    default_tax_rates: input.defaultTaxRates ?? [],
    invoice_settings: { account_tax_ids: null, issuer: { type: 'self' } },
    payment_settings: input.paymentSettings,
  };
}

function cancelAtOf(input: SubscriptionInput, items: readonly SubscriptionItem[]): number | null {
  const ends = items.map((item) => item.current_period_end);
  if (input.cancelAtPeriodEnd || input.cancelAt === 'min_period_end') return Math.min(...ends);
  return input.cancelAt === 'max_period_end' ? Math.max(...ends) : input.cancelAt;
}

export function trialSettings(missing: string): Subscription['trial_settings'] {
  return { end_behavior: { billing_cycle_anchor: null, missing_payment_method: missing } };
}
