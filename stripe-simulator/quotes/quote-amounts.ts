/** What a quote costs: the first invoice, and each period after it. */

import { amountFor } from '../amounts/price-charges.ts';
import { previewInvoice } from '../invoices/invoice-draft.ts';
import { newInvoiceItem } from '../invoices/invoice-item-record.ts';
import { pricingOf } from '../invoices/invoice-lines.ts';
import type { Invoice } from '../model/invoice.ts';
import type { Quote, QuoteLine, QuoteTotals } from '../model/quote.ts';
import type { World } from '../world/world.ts';

export type QuoteAmounts = Pick<Quote, 'amount_subtotal' | 'amount_total' | 'computed' | 'total_details'>;

export function quoteAmounts(world: World, quote: Quote, lines: readonly QuoteLine[]): QuoteAmounts {
  const recurring = lines.filter(({ price }) => price.recurring !== null);
  const isTrial = (quote.subscription_data.trial_period_days ?? 0) > 0;
  const upfront = preview(world, quote, isTrial ? lines.filter((line) => !recurring.includes(line)) : lines);
  const later = recurring.length === 0 ? undefined : preview(world, quote, recurring);
  const cycle = recurring[0]?.price.recurring ?? null;
  return {
    amount_subtotal: upfront.subtotal,
    amount_total: upfront.total,
    computed: {
      recurring:
        later === undefined || cycle === null
          ? null
          : { ...amountsOf(later), interval: cycle.interval, interval_count: cycle.interval_count },
      upfront: amountsOf(upfront),
    },
    total_details: detailsOf(upfront),
  };
}

function amountsOf(invoice: Invoice) {
  return {
    amount_subtotal: invoice.subtotal,
    amount_total: invoice.total,
    total_details: detailsOf(invoice),
  };
}

function detailsOf({ total_discount_amounts: discounts, total_taxes: taxes }: Invoice): QuoteTotals {
  return {
    amount_discount: discounts.reduce((sum, { amount }) => sum + amount, 0),
    amount_shipping: 0,
    amount_tax: taxes.reduce((sum, { amount }) => sum + amount, 0),
  };
}

/** Computes the lines as those of an invoice, without a trace. */
function preview(world: World, quote: Quote, lines: readonly QuoteLine[]): Invoice {
  const counters = world.ids.counters();
  const customer = quote.customer ?? '';
  const currency = quote.currency ?? 'usd';
  const invoice = previewInvoice(world, {
    customer,
    billingReason: 'quote_accept',
    currency,
    pendingItems: lines.map(({ price, quantity, description, taxRates }) =>
      newInvoiceItem(world, {
        amount: price.recurring?.usage_type === 'metered' ? 0 : amountFor(price, quantity),
        currency: price.currency,
        customer,
        description,
        pricing: pricingOf(price),
        quantity,
        tax_rates: taxRates,
      }),
    ),
    collectionMethod: quote.collection_method,
    discounts: quote.discounts,
    taxRates: quote.default_tax_rates
      .map((id) => world.store.taxRates.get(id))
      .filter((rate) => rate !== undefined),
    automaticTax: quote.automatic_tax.enabled,
  });
  world.ids.rewind(counters);
  return invoice;
}
