/** The object shapes up to 2025-02-24.acacia: periods on the subscription, `invoice.subscription`, `line.price`. */
import type { InvoicePayment } from '../model/invoice.ts';
import { firstDiscount } from './discount-shapes.ts';
import { child, type Json, type JsonObject, type Reader, text } from './json.ts';
import { planOf } from './plan.ts';

type Reshape = (object: JsonObject, reader: Reader) => JsonObject;

export const acaciaShapes: Readonly<Record<string, Reshape>> = {
  subscription,
  subscription_item: item,
  invoice,
  line_item: line,
  charge: (charge, reader) => ({
    ...charge,
    invoice: paymentOf(reader, 'intent', charge['payment_intent'] ?? '')?.invoice ?? null,
  }),
  payment_intent: (intent, reader) => ({
    ...intent,
    invoice: paymentOf(reader, 'intent', intent['id'])?.invoice ?? null,
  }),
};

function subscription(subscription: JsonObject, reader: Reader): JsonObject {
  const items = child(subscription['items']);
  const data = Array.isArray(items?.['data']) ? (items['data'] as readonly JsonObject[]) : [];
  const [first] = data;
  const single = data.length === 1 ? first : undefined;
  return {
    ...subscription,
    current_period_end: first?.['current_period_end'] ?? null,
    current_period_start: first?.['current_period_start'] ?? null,
    discount: firstDiscount(subscription, reader),
    plan: planOf(child(single?.['price'])),
    quantity: single?.['quantity'] ?? null,
  };
}

function item(item: JsonObject): JsonObject {
  const { current_period_end: _end, current_period_start: _start, ...rest } = item;
  return { ...rest, plan: planOf(child(item['price'])) };
}

function invoice(invoice: JsonObject, reader: Reader): JsonObject {
  const { parent, ...rest } = invoice;
  const details = child(child(parent)?.['subscription_details']);
  // A draft has no payment. The stored invoice may have one by now, when an older event renders the draft.
  const isDraft = invoice['status'] === 'draft';
  const payment = isDraft ? undefined : paymentOf(reader, 'invoice', invoice['id']);
  const intent = payment?.payment.payment_intent;
  return {
    ...rest,
    charge:
      invoice['attempted'] === true
        ? (reader.store.paymentIntents.get(intent ?? '')?.latest_charge ?? null)
        : null,
    discount: firstDiscount(invoice, reader),
    paid: invoice['status'] === 'paid',
    paid_out_of_band: invoice['status'] === 'paid' && payment === undefined && Number(invoice['total']) > 0,
    payment_intent: intent ?? null,
    quote: null,
    subscription: details?.['subscription'] ?? null,
    subscription_details: details === undefined ? null : { metadata: details['metadata'] ?? {} },
    tax: taxIn(invoice),
    total_tax_amounts: oldTaxes(invoice['total_taxes']),
  };
}

function line(line: JsonObject, reader: Reader): JsonObject {
  const { parent, pricing, ...rest } = line;
  const details = child(child(parent)?.['subscription_item_details']);
  const itemDetails = child(child(parent)?.['invoice_item_details']);
  const price = reader.store.prices.get(text(child(child(pricing)?.['price_details'])?.['price']));
  return {
    ...rest,
    amount_excluding_tax: line['amount'] ?? null,
    tax_amounts: oldTaxes(line['taxes']),
    invoice_item: itemDetails?.['invoice_item'] ?? null,
    plan: price === undefined ? null : planOf(price as unknown as JsonObject),
    price: (price ?? null) as unknown as Json,
    proration: details?.['proration'] ?? itemDetails?.['proration'] ?? false,
    subscription: details?.['subscription'] ?? itemDetails?.['subscription'] ?? null,
    subscription_item: details?.['subscription_item'] ?? null,
    type: details === undefined ? 'invoiceitem' : 'subscription',
  };
}

/** Taxes before 2025-03-31.basil: their rate is a field of its own. */
function oldTaxes(taxes: Json | undefined): Json {
  if (!Array.isArray(taxes)) return [];
  return (taxes as readonly JsonObject[]).map((tax) => ({
    amount: tax['amount'] ?? 0,
    inclusive: tax['tax_behavior'] === 'inclusive',
    tax_rate: child(tax['tax_rate_details'])?.['tax_rate'] ?? null,
    taxability_reason: tax['taxability_reason'] ?? null,
    taxable_amount: tax['taxable_amount'] ?? null,
  }));
}

function taxIn(invoice: JsonObject): Json {
  const taxes = invoice['total_taxes'];
  if (!Array.isArray(taxes) || taxes.length === 0) return null;
  return (taxes as readonly JsonObject[]).reduce((sum, tax) => sum + Number(tax['amount']), 0);
}

/** Returns the newest payment, which the older single fields describe. */
function paymentOf(
  reader: Reader,
  index: 'invoice' | 'intent',
  id: Json | undefined,
): InvoicePayment | undefined {
  return reader.store.invoicePayments.where(index, text(id)).at(-1);
}
