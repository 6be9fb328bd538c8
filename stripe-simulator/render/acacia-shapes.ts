/** The shapes up to 2025-02-24.acacia: periods on the subscription, `invoice.subscription`, `line.price`. */
import type { InvoicePayment } from '../model/invoice.ts';
import { child, type Json, type JsonObject, type Reader, text } from './json.ts';

type Reshape = (object: JsonObject, reader: Reader) => JsonObject;

export const acaciaShapes: Readonly<Record<string, Reshape>> = {
  subscription,
  subscription_item: item,
  invoice,
  line_item: line,
  charge: (charge, reader) => ({
    ...charge,
    invoice:
      paymentOf(reader, (row) => row.payment.payment_intent === charge['payment_intent'])?.invoice ?? null,
  }),
  payment_intent: (intent, reader) => ({
    ...intent,
    invoice: paymentOf(reader, (row) => row.payment.payment_intent === intent['id'])?.invoice ?? null,
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

function planOf(price: JsonObject | undefined): Json {
  const recurring = child(price?.['recurring']);
  if (price === undefined || recurring === undefined) return null;
  return {
    id: price['id'] ?? null,
    object: 'plan',
    active: price['active'] ?? null,
    amount: price['unit_amount'] ?? null,
    amount_decimal: price['unit_amount_decimal'] ?? null,
    billing_scheme: price['billing_scheme'] ?? null,
    created: price['created'] ?? null,
    currency: price['currency'] ?? null,
    interval: recurring['interval'] ?? null,
    interval_count: recurring['interval_count'] ?? null,
    livemode: false,
    metadata: price['metadata'] ?? {},
    nickname: price['nickname'] ?? null,
    product: price['product'] ?? null,
    trial_period_days: recurring['trial_period_days'] ?? null,
    usage_type: recurring['usage_type'] ?? null,
  };
}

function invoice(invoice: JsonObject, reader: Reader): JsonObject {
  const { parent, ...rest } = invoice;
  const details = child(child(parent)?.['subscription_details']);
  // A draft has no payment yet, even when the invoice has moved on since the event that shows it.
  const isDraft = invoice['status'] === 'draft';
  const payment = isDraft ? undefined : paymentOf(reader, (row) => row.invoice === invoice['id']);
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

/** The newest payment says what the old single fields said. */
function paymentOf(reader: Reader, fits: (row: InvoicePayment) => boolean): InvoicePayment | undefined {
  return reader.store.invoicePayments.newestFirst().find(fits);
}
