/** Creates draft invoices from subscription items, pending invoice items or both. */
import type { Price } from '../model/catalog.ts';
import type { Metadata } from '../model/common.ts';
import type { Invoice, InvoiceItem, InvoiceLine } from '../model/invoice.ts';
import type { Subscription, SubscriptionItem } from '../model/subscription.ts';
import { add, change } from '../world/records.ts';
import type { World } from '../world/world.ts';

export interface InvoiceInput {
  /** An id reserved in advance, when another record already refers to the invoice. Default: a new id. */
  readonly id?: string;
  readonly customer: string;
  readonly subscription?: Subscription;
  readonly billingReason: string;
  readonly currency: string;
  /** The subscription items to bill; none by default. */
  readonly items?: readonly SubscriptionItem[];
  /** Bills the items at 0, as on the first invoice of a trial. */
  readonly free?: boolean;
  readonly pendingItems: readonly InvoiceItem[];
  readonly collectionMethod: Invoice['collection_method'];
  readonly description?: string | null;
  readonly metadata?: Metadata;
  readonly daysUntilDue?: number | null;
  readonly finalizesAt?: number | null;
}

const DAY_SECONDS = 24 * 3600;

export function draftInvoice(world: World, input: InvoiceInput): Invoice {
  const id = input.id ?? world.ids.next('in_');
  const itemLines = (input.items ?? []).map((item) =>
    itemLine(world, id, { item, free: input.free === true }),
  );
  const pendingLines = input.pendingItems.map((item) => pendingLine(world, id, item));
  for (const item of input.pendingItems) world.store.invoiceItems.put({ ...item, invoice: id });
  return add(world, world.store.invoices, {
    row: invoiceOf(world, { id, input, lines: [...pendingLines, ...itemLines] }),
    event: 'invoice.created',
  });
}

/** Returns the invoice that `draftInvoice` would create. Stores nothing and emits no event. */
export function previewInvoice(world: World, input: InvoiceInput): Invoice {
  const id = world.ids.next('upcoming_in_');
  const lines = [
    ...input.pendingItems.map((item) => pendingLine(world, id, item)),
    ...(input.items ?? []).map((item) => itemLine(world, id, { item, free: input.free === true })),
  ];
  return invoiceOf(world, { id, input, lines });
}

/** The fields that have the same value on every draft. */
const draftDefaults = {
  account_country: 'US',
  account_name: 'Simulator',
  amount_overpaid: 0,
  amount_paid: 0,
  attempt_count: 0,
  attempted: false,
  automatic_tax: { disabled_reason: null, enabled: false, liability: null, provider: null, status: null },
  customer_account: null,
  discounts: [],
  ending_balance: null,
  footer: null,
  hosted_invoice_url: null,
  invoice_pdf: null,
  last_finalization_error: null,
  next_payment_attempt: null,
  number: null,
  post_payment_credit_notes_amount: 0,
  pre_payment_credit_notes_amount: 0,
  receipt_number: null,
  starting_balance: 0,
  status_details: null,
  status_transitions: { finalized_at: null, marked_uncollectible_at: null, paid_at: null, voided_at: null },
  total_taxes: [],
  webhooks_delivered_at: null,
} as const;

function invoiceOf(
  world: World,
  { id, input, lines }: { id: string; input: InvoiceInput; lines: readonly InvoiceLine[] },
): Invoice {
  const now = world.seconds();
  const customer = world.store.customers.get(input.customer);
  const total = lines.reduce((sum, entry) => sum + entry.amount, 0);
  const due = Math.max(0, total);
  const { subscription } = input;
  return {
    id,
    object: 'invoice',
    ...draftDefaults,
    amount_due: due,
    amount_remaining: due,
    auto_advance: subscription !== undefined,
    automatically_finalizes_at: input.finalizesAt ?? null,
    billing_reason: input.billingReason,
    collection_method: input.collectionMethod,
    created: now,
    currency: input.currency,
    customer: input.customer,
    customer_email: customer?.email ?? null,
    customer_name: customer?.name ?? null,
    default_payment_method: null,
    description: input.description ?? null,
    due_date: typeof input.daysUntilDue === 'number' ? now + input.daysUntilDue * DAY_SECONDS : null,
    lines: {
      object: 'list',
      data: lines,
      has_more: false,
      total_count: lines.length,
      url: `/v1/invoices/${id}/lines`,
    },
    livemode: false,
    metadata: input.metadata ?? {},
    parent:
      subscription === undefined
        ? null
        : {
            quote_details: null,
            subscription_details: { metadata: subscription.metadata, subscription: subscription.id },
            type: 'subscription_details',
          },
    period_end: input.items?.[0]?.current_period_start ?? now,
    period_start: input.items?.[0]?.current_period_start ?? now,
    status: 'draft',
    subtotal: total,
    test_clock: subscription?.test_clock ?? customer?.test_clock ?? null,
    total,
  };
}

function itemLine(
  world: World,
  invoice: string,
  { item, free }: { item: SubscriptionItem; free: boolean },
): InvoiceLine {
  const { price, quantity } = item;
  const product = world.store.products.get(price.product)?.name ?? price.product;
  const unitPrice = `$${(price.unit_amount / 100).toFixed(2)} / ${price.recurring?.interval ?? 'once'}`;
  return newLine(world, invoice, {
    amount: free ? 0 : price.unit_amount * quantity,
    currency: price.currency,
    description: free ? `Trial period for ${product}` : `${quantity} × ${product} (at ${unitPrice})`,
    metadata: item.metadata,
    parent: {
      invoice_item_details: null,
      subscription_item_details: {
        invoice_item: null,
        proration: false,
        subscription: item.subscription,
        subscription_item: item.id,
      },
      type: 'subscription_item_details',
    },
    period: { end: item.current_period_end, start: item.current_period_start },
    pricing: pricingOf(price),
    quantity,
  });
}

function pendingLine(world: World, invoice: string, item: InvoiceItem): InvoiceLine {
  return newLine(world, invoice, {
    amount: item.amount,
    currency: item.currency,
    description: item.description,
    metadata: item.metadata,
    parent: {
      invoice_item_details: {
        invoice_item: item.id,
        proration: item.proration,
        subscription: item.parent?.subscription_details.subscription ?? null,
      },
      subscription_item_details: null,
      type: 'invoice_item_details',
    },
    period: item.period,
    pricing: item.pricing,
    quantity: item.quantity,
  });
}

type LineFacts = Pick<
  InvoiceLine,
  'amount' | 'currency' | 'description' | 'metadata' | 'parent' | 'period' | 'pricing' | 'quantity'
>;

function newLine(world: World, invoice: string, facts: LineFacts): InvoiceLine {
  return {
    id: world.ids.next('il_'),
    object: 'line_item',
    ...facts,
    discount_amounts: [],
    discountable: true,
    discounts: [],
    invoice,
    livemode: false,
    subtotal: facts.amount,
    taxes: [],
  };
}

export function pricingOf(price: Price): InvoiceLine['pricing'] {
  return {
    price_details: { price: price.id, product: price.product },
    type: 'price_details',
    unit_amount_decimal: price.unit_amount_decimal,
  };
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
  const data = [...invoice.lines.data, pendingLine(world, id, item)];
  const total = data.reduce((sum, entry) => sum + entry.amount, 0);
  const due = Math.max(0, total);
  world.store.invoiceItems.put({ ...item, invoice: id });
  change(world, world.store.invoices, {
    id,
    patch: {
      amount_due: due,
      amount_remaining: due,
      lines: { ...invoice.lines, data, total_count: data.length },
      subtotal: total,
      total,
    },
    event: 'invoice.updated',
  });
}
