/** The invoice of a single payment on Checkout. */
import { draftInvoice } from '../invoices/invoice-draft.ts';
import { itemOfPrice } from '../invoices/invoice-item-record.ts';
import { finalizeInvoice } from '../invoices/invoice-payment.ts';
import { applyToInvoice } from '../invoices/invoice-settlement.ts';
import type { CheckoutOrder, OrderLine } from '../model/checkout.ts';
import type { Customer } from '../model/customer.ts';
import type { InvoiceItem } from '../model/invoice.ts';
import type { PaymentResult } from '../payments/payment-intents.ts';
import { add, change } from '../world/records.ts';
import type { World } from '../world/world.ts';

/** Adds a line of a single payment, with its discounts and taxes in the amount, as the customer has paid it. */
function addLine(world: World, customer: Customer, line: OrderLine): InvoiceItem {
  const { price, quantity, description, amounts } = line;
  const item = itemOfPrice(world, price, { customer: customer.id, quantity, description });
  return world.store.invoiceItems.put({ ...item, amount: amounts?.total ?? item.amount });
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
  const items = order.lines.map((line) => addLine(world, customer, line));
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
