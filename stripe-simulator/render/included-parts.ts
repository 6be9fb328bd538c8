/** Parts of an object that Stripe omits unless they are expanded. */
import { amountFor } from '../amounts/price-charges.ts';
import type { OrderLine } from '../model/checkout.ts';
import type { Store } from '../store/store.ts';
import { shownOptions } from './currency-options.ts';
import { type Json, type JsonObject, type Reader, text } from './json.ts';
import { render } from './render.ts';

type Part = (object: JsonObject, store: Store) => unknown;

const parts: Readonly<Record<string, Part>> = {
  'price.tiers': (price, store) => store.prices.get(text(price['id']))?.tiers,
  'price.currency_options': (price, store) => {
    const row = store.prices.get(text(price['id']));
    return row === undefined ? undefined : shownOptions(row);
  },
  'plan.tiers': (plan, store) => store.prices.get(text(plan['id']))?.tiers,
  'coupon.applies_to': (coupon, store) => store.coupons.get(text(coupon['id']))?.applies_to,
  'coupon.currency_options': (coupon, store) => store.coupons.get(text(coupon['id']))?.currency_options,
  'customer.subscriptions': (customer, store) =>
    listOf(
      store.subscriptions
        .where('customer', text(customer['id']))
        .reverse()
        .filter((row) => row.status !== 'canceled'),
      `/v1/customers/${text(customer['id'])}/subscriptions`,
    ),
  'customer.sources': (customer) => listOf([], `/v1/customers/${text(customer['id'])}/sources`),
  'customer.tax_ids': (customer, store) =>
    listOf(
      store.taxIds.where('customer', text(customer['id'])).reverse(),
      `/v1/customers/${text(customer['id'])}/tax_ids`,
    ),
  'invoice.payments': (invoice, store) =>
    listOf(store.invoicePayments.where('invoice', text(invoice['id'])).reverse(), '/v1/invoice_payments'),
  'invoice.confirmation_secret': (invoice, store) => {
    const payment = store.invoicePayments.where('invoice', text(invoice['id'])).at(-1);
    const intent = payment && store.paymentIntents.get(payment.payment.payment_intent ?? '');
    return intent === undefined ? null : { client_secret: intent.client_secret, type: 'payment_intent' };
  },
  'payment_link.line_items': (link, store) => {
    const lines = store.paymentLinkOrders.get(text(link['id']))?.lines ?? [];
    return listOf(lines.map(checkoutLine), `/v1/payment_links/${text(link['id'])}/line_items`);
  },
  'quote.line_items': (quote, store) => {
    const lines = store.quoteOrders.get(text(quote['id']))?.lines ?? [];
    return listOf(lines.map(checkoutLine), `/v1/quotes/${text(quote['id'])}/line_items`);
  },
  'checkout.session.line_items': (session, store) => {
    const lines = store.checkoutOrders.get(text(session['id']))?.lines ?? [];
    return listOf(lines.map(checkoutLine), `/v1/checkout/sessions/${text(session['id'])}/line_items`);
  },
};

/** Whether objects of this kind can have the part. Some have none, such as the tiers of a price without tiers. */
export function isIncludable(object: JsonObject, name: string): boolean {
  return parts[`${text(object['object'])}.${name}`] !== undefined;
}

/** Returns the rendered part, or undefined when the object has no such part. */
export function includablePart(object: JsonObject, name: string, reader: Reader): Json | undefined {
  const part = parts[`${text(object['object'])}.${name}`];
  const value = part?.(object, reader.store);
  return value === undefined ? undefined : render(value, reader);
}

function listOf(data: readonly unknown[], url: string): object {
  return { object: 'list', data, has_more: false, total_count: data.length, url };
}

export function checkoutLine(line: OrderLine) {
  const amount = amountFor(line.price, line.quantity);
  const { subtotal, discount, tax, total } = line.amounts ?? {
    subtotal: amount,
    discount: 0,
    tax: 0,
    total: amount,
  };
  return {
    id: line.id,
    object: 'item',
    amount_discount: discount,
    amount_subtotal: subtotal,
    amount_tax: tax,
    amount_total: total,
    currency: line.price.currency,
    description: line.description,
    price: line.price,
    quantity: line.quantity,
  };
}
