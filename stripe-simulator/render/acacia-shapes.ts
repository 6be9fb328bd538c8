/** The object shapes up to 2025-02-24.acacia: periods on the subscription, `invoice.subscription`, `line.price`. */
import type { InvoicePayment } from '../model/invoice.ts';
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

function subscription(subscription: JsonObject): JsonObject {
  const items = child(subscription['items']);
  const data = Array.isArray(items?.['data']) ? (items['data'] as readonly JsonObject[]) : [];
  const [first] = data;
  const single = data.length === 1 ? first : undefined;
  return {
    ...subscription,
    current_period_end: first?.['current_period_end'] ?? null,
    current_period_start: first?.['current_period_start'] ?? null,
    discount: null,
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
    discount: null,
    paid: invoice['status'] === 'paid',
    paid_out_of_band: invoice['status'] === 'paid' && payment === undefined && Number(invoice['total']) > 0,
    payment_intent: intent ?? null,
    quote: null,
    subscription: details?.['subscription'] ?? null,
    subscription_details: details === undefined ? null : { metadata: details['metadata'] ?? {} },
    tax: null,
  };
}

function line(line: JsonObject, reader: Reader): JsonObject {
  const { parent, pricing, ...rest } = line;
  const details = child(child(parent)?.['subscription_item_details']);
  const itemDetails = child(child(parent)?.['invoice_item_details']);
  const price = reader.store.prices.get(text(child(child(pricing)?.['price_details'])?.['price']));
  return {
    ...rest,
    invoice_item: itemDetails?.['invoice_item'] ?? null,
    plan: price === undefined ? null : planOf(price as unknown as JsonObject),
    price: (price ?? null) as unknown as Json,
    proration: details?.['proration'] ?? itemDetails?.['proration'] ?? false,
    subscription: details?.['subscription'] ?? itemDetails?.['subscription'] ?? null,
    subscription_item: details?.['subscription_item'] ?? null,
    type: details === undefined ? 'invoiceitem' : 'subscription',
  };
}

/** Returns the newest payment, which the older single fields describe. */
function paymentOf(
  reader: Reader,
  index: 'invoice' | 'intent',
  id: Json | undefined,
): InvoicePayment | undefined {
  return reader.store.invoicePayments.where(index, text(id)).at(-1);
}
