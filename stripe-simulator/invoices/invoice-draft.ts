/** Creates draft invoices from subscription items, pending invoice items or both. */

import { activeDiscounts, useUpDiscounts } from '../discounts/discount-use.ts';
import type { Metadata } from '../model/common.ts';
import type { Customer } from '../model/customer.ts';
import type { Invoice, InvoiceItem, InvoiceLine } from '../model/invoice.ts';
import type { Subscription } from '../model/subscription.ts';
import type { TaxRate } from '../model/tax.ts';
import { automaticTaxOf } from '../taxes/automatic-tax.ts';
import { add, change } from '../world/records.ts';
import type { World } from '../world/world.ts';
import { type BilledItem, itemLines, pendingLine } from './invoice-lines.ts';
import { pricedInvoice } from './invoice-totals.ts';

export interface InvoiceInput {
  /** An id reserved in advance, when another record already refers to the invoice. Default: a new id. */
  readonly id?: string;
  readonly customer: string;
  readonly subscription?: Subscription;
  readonly billingReason: string;
  readonly currency: string;
  /** The subscription items to bill; none by default. */
  readonly billed?: readonly BilledItem[];
  /** Bills the items at 0, as on the first invoice of a trial. */
  readonly free?: boolean;
  readonly pendingItems: readonly InvoiceItem[];
  readonly collectionMethod: Invoice['collection_method'];
  readonly description?: string | null;
  readonly metadata?: Metadata;
  readonly daysUntilDue?: number | null;
  readonly dueDate?: number | null;
  readonly finalizesAt?: number | null;
  /** The period that the invoice looks back on. Default: no time at all. */
  readonly period?: { readonly start: number; readonly end: number };
  /** Default: those of the subscription, and without any, that of the customer. */
  readonly discounts?: readonly string[];
  /** Default: those of the subscription. */
  readonly taxRates?: readonly TaxRate[];
  /** Default: that of the subscription. */
  readonly automaticTax?: boolean;
  readonly quote?: string;
}

const DAY_SECONDS = 24 * 3600;

export function draftInvoice(world: World, input: InvoiceInput): Invoice {
  const id = input.id ?? world.ids.next('in_');
  const lines = linesOf(world, id, input);
  for (const item of input.pendingItems) world.store.invoiceItems.put({ ...item, invoice: id });
  const row = invoiceOf(world, { id, input, lines });
  const invoice = add(world, world.store.invoices, { row, event: 'invoice.created' });
  useUpDiscounts(world, invoice);
  return invoice;
}

/** Returns the invoice that `draftInvoice` would create. Stores nothing and emits no event. */
export function previewInvoice(world: World, input: InvoiceInput): Invoice {
  const id = world.ids.next('upcoming_in_');
  return invoiceOf(world, { id, input, lines: linesOf(world, id, input) });
}

function linesOf(world: World, id: string, input: InvoiceInput): InvoiceLine[] {
  const free = input.free === true;
  return [
    ...input.pendingItems.map((item) => pendingLine(world, id, item)),
    ...(input.billed ?? []).flatMap((billed) => itemLines(world, id, { billed, free })),
  ];
}

/** The fields that have the same value on every draft. */
const draftDefaults = {
  account_country: 'US',
  account_name: 'Simulator',
  amount_overpaid: 0,
  amount_paid: 0,
  attempt_count: 0,
  attempted: false,
  customer_account: null,
  default_payment_method: null,
  ending_balance: null,
  footer: null,
  hosted_invoice_url: null,
  invoice_pdf: null,
  last_finalization_error: null,
  livemode: false,
  next_payment_attempt: null,
  number: null,
  object: 'invoice',
  post_payment_credit_notes_amount: 0,
  pre_payment_credit_notes_amount: 0,
  receipt_number: null,
  status: 'draft',
  status_details: null,
  status_transitions: { finalized_at: null, marked_uncollectible_at: null, paid_at: null, voided_at: null },
  webhooks_delivered_at: null,
} as const;

function invoiceOf(
  world: World,
  { id, input, lines }: { id: string; input: InvoiceInput; lines: readonly InvoiceLine[] },
): Invoice {
  const now = world.seconds();
  const customer = world.store.customers.get(input.customer);
  const { subscription } = input;
  const terms = {
    id,
    automatic_tax: automaticTaxOf(world, {
      customer: input.customer,
      enabled: input.automaticTax ?? subscription?.automatic_tax.enabled ?? false,
    }),
    currency: input.currency,
    customer: input.customer,
    default_tax_rates: input.taxRates ?? subscription?.default_tax_rates ?? [],
    discounts: input.discounts ?? discountsOf(world, subscription, customer),
  };
  return {
    ...draftDefaults,
    ...terms,
    ...pricedInvoice(world, { ...terms, unstored: unstoredOf(input) }, lines),
    auto_advance: subscription !== undefined && subscription.status !== 'unpaid',
    automatically_finalizes_at: input.finalizesAt ?? null,
    billing_reason: input.billingReason,
    collection_method: input.collectionMethod,
    created: now,
    customer_email: customer?.email ?? null,
    customer_name: customer?.name ?? null,
    description: input.description ?? null,
    due_date: dueDateOf(input, now),
    metadata: input.metadata ?? {},
    parent: parentOf(input),
    period_end: input.period?.end ?? now,
    period_start: input.period?.start ?? now,
    test_clock: subscription?.test_clock ?? customer?.test_clock ?? null,
  };
}

function unstoredOf({ billed = [], pendingItems }: InvoiceInput) {
  return { items: billed.map(({ item }) => item), pending: pendingItems };
}

function dueDateOf({ daysUntilDue, dueDate }: InvoiceInput, now: number): number | null {
  if (typeof dueDate === 'number') return dueDate;
  return typeof daysUntilDue === 'number' ? now + daysUntilDue * DAY_SECONDS : null;
}

function parentOf({ subscription, quote }: InvoiceInput): Invoice['parent'] {
  if (subscription !== undefined) {
    return {
      quote_details: null,
      subscription_details: { metadata: subscription.metadata, subscription: subscription.id },
      type: 'subscription_details',
    };
  }
  return quote === undefined
    ? null
    : { quote_details: { quote }, subscription_details: null, type: 'quote_details' };
}

/** The discounts of a subscription replace that of its customer. */
function discountsOf(
  world: World,
  subscription: Subscription | undefined,
  customer: Customer | undefined,
): readonly string[] {
  const own = activeDiscounts(world, subscription?.discounts ?? []);
  if (own.length > 0) return own;
  return activeDiscounts(
    world,
    customer?.discount === null || customer === undefined ? [] : [customer.discount.id],
  );
}

/**
 * Returns the pending items for the customer's next invoice: those without a subscription and those of the given one.
 */
export function pendingItemsOf(
  world: World,
  owner: { customer: string; subscription?: string },
): InvoiceItem[] {
  return world.store.invoiceItems.where('customer', owner.customer).filter((item) => {
    const itemSubscription = item.parent?.subscription_details.subscription;
    return (
      item.invoice === null && (itemSubscription === undefined || itemSubscription === owner.subscription)
    );
  });
}

/** Adds a pending item to a draft and updates the totals. */
export function appendToDraft(world: World, id: string, item: InvoiceItem): void {
  const invoice = world.store.invoices.get(id);
  if (invoice === undefined) throw new Error(`Invoice ${id} does not exist.`);
  world.store.invoiceItems.put({ ...item, invoice: id });
  repriceDraft(world, invoice, { lines: [...invoice.lines.data, pendingLine(world, id, item)] });
}

/** Computes the amounts of a draft again, after its lines or its terms have changed. */
export function repriceDraft(
  world: World,
  invoice: Invoice,
  changed: { readonly lines?: readonly InvoiceLine[]; readonly patch?: Partial<Invoice> },
): Invoice {
  const patch = changed.patch ?? {};
  const terms = { ...invoice, ...patch };
  return change(world, world.store.invoices, {
    id: invoice.id,
    patch: { ...patch, ...pricedInvoice(world, terms, changed.lines ?? invoice.lines.data) },
    event: 'invoice.updated',
  });
}
