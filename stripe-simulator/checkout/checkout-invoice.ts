/** The invoices of Checkout: of one-time prices in a subscription's first invoice, and of single payments. */
import { draftInvoice, pricingOf } from '../invoices/invoice-draft.ts';
import { applyToInvoice, finalizeInvoice } from '../invoices/invoice-payment.ts';
import type { CheckoutOrder, OrderLine } from '../model/checkout.ts';
import type { Customer } from '../model/customer.ts';
import type { InvoiceItem } from '../model/invoice.ts';
import type { PaymentResult } from '../payments/payment-intents.ts';
import { add, change } from '../world/records.ts';
import type { World } from '../world/world.ts';

/** Adds a one-time price of a session to the next invoice of the customer. */
export function addOneTimeItem(world: World, customer: Customer, line: OrderLine): InvoiceItem {
  const now = world.seconds();
  return world.store.invoiceItems.put({
    id: world.ids.next('ii_'),
    object: 'invoiceitem',
    amount: line.price.unit_amount * line.quantity,
    currency: line.price.currency,
    customer: customer.id,
    customer_account: null,
    date: now,
    description: line.description,
    discountable: true,
    discounts: [],
    invoice: null,
    livemode: false,
    metadata: {},
    parent: null,
    period: { end: now, start: now },
    pricing: pricingOf(line.price),
    proration: false,
    quantity: line.quantity,
  });
}

interface Bill {
  readonly order: CheckoutOrder;
  readonly customer: Customer;
  readonly result: PaymentResult;
}

/** Creates the invoice of a single payment that has begun, if the session asks for one. Returns its id. */
export function billPayment(world: World, { order, customer, result }: Bill): string | undefined {
  if (order.invoice === undefined) return undefined;
  const { intent } = result;
  const items = order.lines.map((line) => addOneTimeItem(world, customer, line));
  const draft = draftInvoice(world, {
    customer: customer.id,
    billingReason: 'manual',
    currency: intent.currency,
    pendingItems: items,
    // It is paid by the intent of the session, so that it needs none of its own.
    collectionMethod: 'send_invoice',
    description: order.invoice.description,
    metadata: order.invoice.metadata,
  });
  finalizeInvoice(world, draft.id);
  change(world, world.store.invoices, { id: draft.id, patch: { collection_method: 'charge_automatically' } });
  add(world, world.store.invoicePayments, {
    row: {
      id: world.ids.next('inpay_'),
      object: 'invoice_payment',
      amount_paid: null,
      amount_requested: intent.amount,
      created: world.seconds(),
      currency: intent.currency,
      invoice: draft.id,
      is_default: true,
      livemode: false,
      payment: { payment_intent: intent.id, type: 'payment_intent' },
      status: 'open',
      status_transitions: { canceled_at: null, paid_at: null },
    },
  });
  applyToInvoice(world, result);
  return draft.id;
}
