/** The record of an invoice item, which is pending until an invoice includes it. */
import { amountFor } from '../amounts/price-charges.ts';
import { createPrice, resolvePrice } from '../catalog/prices.ts';
import { planDiscounts, readDiscounts, redeem } from '../discounts/redemption.ts';
import type { Price } from '../model/catalog.ts';
import type { InvoiceItem } from '../model/invoice.ts';
import type { Params } from '../protocol/params.ts';
import { invalidRequest, missingParameter } from '../protocol/stripe-error.ts';
import { taxRatesOf } from '../taxes/tax-rates.ts';
import type { World } from '../world/world.ts';
import { pricingOf } from './invoice-lines.ts';

export type ItemFacts = Pick<InvoiceItem, 'amount' | 'currency' | 'customer' | 'description'> &
  Partial<InvoiceItem>;

export function newInvoiceItem(world: World, facts: ItemFacts): InvoiceItem {
  const now = world.seconds();
  return {
    id: world.ids.next('ii_'),
    object: 'invoiceitem',
    customer_account: null,
    date: now,
    discountable: true,
    discounts: [],
    invoice: null,
    livemode: false,
    metadata: {},
    parent: null,
    period: { end: now, start: now },
    pricing: null,
    proration: false,
    quantity: 1,
    tax_rates: [],
    ...facts,
  };
}

/** Returns the item of a one-time price. */
export function itemOfPrice(
  world: World,
  price: Price,
  facts: Pick<InvoiceItem, 'customer' | 'quantity'> & Partial<InvoiceItem>,
): InvoiceItem {
  const product = world.store.products.get(price.product)?.name ?? price.product;
  return newInvoiceItem(world, {
    amount: amountFor(price, facts.quantity),
    currency: price.currency,
    description: product,
    pricing: pricingOf(price),
    ...facts,
  });
}

const MAX_ADDED_ITEMS = 20;

/** Reads `add_invoice_items`: one-time prices that the next invoice of a subscription bills. */
export function addedItems(
  world: World,
  params: Params,
  owner: Pick<InvoiceItem, 'customer' | 'parent'>,
): InvoiceItem[] {
  const entries = params.objects('add_invoice_items') ?? [];
  if (entries.length > MAX_ADDED_ITEMS) {
    throw invalidRequest({
      message: `You can add at most ${MAX_ADDED_ITEMS} invoice items.`,
      param: 'add_invoice_items',
    });
  }
  return entries.map((entry) => {
    const price = oneTimePrice(world, entry);
    const row = itemOfPrice(world, price, {
      ...owner,
      quantity: entry.integer('quantity') ?? 1,
      tax_rates: taxRatesOf(world, entry, 'tax_rates') ?? [],
    });
    return { ...row, discounts: itemDiscounts(world, entry, row) };
  });
}

export function itemDiscounts(world: World, params: Params, row: InvoiceItem): readonly string[] {
  const { id, amount, currency, customer } = row;
  const redeemables = readDiscounts(world, params, { amount, currency, customer });
  if (redeemables === undefined) return row.discounts;
  const planned = planDiscounts(world, redeemables, { customer, invoice_item: id });
  redeem(world, planned);
  return planned.map(({ discount }) => discount.id);
}

/** Reads the price of an entry, which must not recur. */
export function oneTimePrice(world: World, entry: Params): Price {
  const data = entry.object('price_data');
  const id = entry.string('price');
  if (data === undefined && id === undefined) throw missingParameter(entry.nameOf('price'));
  const price =
    data === undefined ? resolvePrice(world, id ?? '', entry.nameOf('price')) : createPrice(world, data);
  if (price.type === 'one_time') return price;
  throw invalidRequest({
    message:
      'The price specified is set to `type=recurring` but this field only accepts prices with `type=one_time`.',
    param: entry.nameOf('price'),
  });
}
