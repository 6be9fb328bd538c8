/** Creates, updates and deletes invoice items. */

import { isDecimal, timesDecimal } from '../amounts/decimal.ts';
import { amountFor } from '../amounts/price-charges.ts';
import { decimalOf } from '../catalog/price-terms.ts';
import { createPrice, resolvePrice } from '../catalog/prices.ts';
import { bindCurrency, checkCurrency } from '../customers/customer-currency.ts';
import { resolveCustomer } from '../customers/customers.ts';
import type { Price } from '../model/catalog.ts';
import type { Invoice, InvoiceItem } from '../model/invoice.ts';
import { mergeMetadata } from '../protocol/metadata.ts';
import type { Params } from '../protocol/params.ts';
import type { ApiRequest } from '../protocol/route.ts';
import {
  invalidParameter,
  invalidRequest,
  missingParameter,
  noSuch,
  notFound,
} from '../protocol/stripe-error.ts';
import { taxRatesOf } from '../taxes/tax-rates.ts';
import { add, change, emit } from '../world/records.ts';
import type { World } from '../world/world.ts';
import { appendToDraft, repriceDraft } from './invoice-draft.ts';
import { itemDiscounts, newInvoiceItem } from './invoice-item-record.ts';
import { pendingLine, pricingOf } from './invoice-lines.ts';

export function createInvoiceItem(world: World, { params }: ApiRequest): InvoiceItem {
  const customer = resolveCustomer(world, params.required('customer'));
  const draft = resolveDraft(world, params);
  const bare = newItem(world, params, customer.id);
  checkCurrency(world, customer.id, bare.currency);
  if (draft !== undefined && draft.currency !== bare.currency) throw otherCurrency(draft, bare);
  bindCurrency(world, customer.id, bare.currency);
  const row = { ...bare, discounts: itemDiscounts(world, params, bare) };
  add(world, world.store.invoiceItems, { row, event: 'invoiceitem.created' });
  if (draft !== undefined) appendToDraft(world, draft.id, row);
  return world.store.invoiceItems.get(row.id) ?? row;
}

function otherCurrency(invoice: Invoice, item: InvoiceItem): Error {
  return invalidRequest({
    message: `The currency of the invoice item (${item.currency}) must be that of the invoice (${invoice.currency}).`,
    param: 'currency',
  });
}

function resolveDraft(world: World, params: Params): Invoice | undefined {
  const id = params.string('invoice');
  if (id === undefined) return undefined;
  const invoice = world.store.invoices.get(id);
  if (invoice === undefined) throw noSuch('invoice', { id, param: 'invoice' });
  if (invoice.status === 'draft') return invoice;
  throw notEditable();
}

function notEditable(): Error {
  return invalidRequest({ message: 'This invoice is no longer editable', code: 'invoice_not_editable' });
}

function newItem(world: World, params: Params, customer: string): InvoiceItem {
  const now = world.seconds();
  const price = priceOf(world, params);
  const quantity = quantityOf(params) ?? 1;
  const unit = price === undefined ? unitAmountOf(params) : undefined;
  const amount = amountOf(params, { price, quantity, unit });
  if (amount === undefined) throw missingParameter('amount');
  return newInvoiceItem(world, {
    amount,
    currency: price?.currency ?? params.required('currency').toLowerCase(),
    customer,
    description: params.string('description') ?? null,
    discountable: params.boolean('discountable') ?? amount > 0,
    metadata: mergeMetadata({}, params),
    parent: parentOf(world, params.string('subscription')),
    period: periodOf(params) ?? { end: now, start: now },
    pricing: price === undefined ? null : pricingOf(price),
    quantity,
    tax_rates: taxRatesOf(world, params, 'tax_rates') ?? [],
  });
}

function quantityOf(params: Params): number | undefined {
  const quantity = params.integer('quantity');
  if (quantity === undefined || quantity >= 0) return quantity;
  throw invalidParameter({
    message: 'Invalid non-negative integer',
    code: 'parameter_invalid_integer',
    param: params.nameOf('quantity'),
  });
}

function unitAmountOf(params: Params): string | undefined {
  const amount = params.integer('unit_amount');
  if (amount !== undefined) return String(amount);
  const text = params.string('unit_amount_decimal');
  if (text === undefined || isDecimal(text.replace('-', ''))) return text;
  return decimalOf(params, 'unit_amount')?.decimal;
}

function amountOf(
  params: Params,
  of: { price: Price | undefined; quantity: number; unit: string | undefined },
): number | undefined {
  if (of.price !== undefined) return amountFor(of.price, of.quantity);
  const amount = params.integer('amount');
  if (amount !== undefined) return amount;
  return of.unit === undefined ? undefined : timesDecimal(of.unit, of.quantity);
}

function parentOf(world: World, subscription: string | undefined): InvoiceItem['parent'] {
  if (subscription === undefined) return null;
  if (world.store.subscriptions.get(subscription) === undefined) {
    throw noSuch('subscription', { id: subscription, param: 'subscription' });
  }
  return { subscription_details: { subscription }, type: 'subscription_details' };
}

function periodOf(params: Params): InvoiceItem['period'] | undefined {
  const period = params.object('period');
  const start = period?.integer('start');
  const end = period?.integer('end');
  if (period === undefined) return undefined;
  if (start === undefined) throw missingParameter(period.nameOf('start'));
  if (end === undefined) throw missingParameter(period.nameOf('end'));
  return { end, start };
}

function priceOf(world: World, params: Params): Price | undefined {
  const data = params.object('price_data');
  if (data !== undefined) return createPrice(world, data);
  const holder = params.object('pricing') ?? params;
  const id = holder.string('price');
  return id === undefined ? undefined : resolvePrice(world, id, holder.nameOf('price'));
}

export function getInvoiceItem(world: World, id: string): InvoiceItem {
  const item = world.store.invoiceItems.get(id);
  if (item === undefined) throw notFound('invoiceitem', id);
  return item;
}

/** Returns the draft of an item, if it is on one. Items of finalized invoices never change. */
function draftOf(world: World, item: InvoiceItem): Invoice | undefined {
  const invoice = world.store.invoices.get(item.invoice ?? '');
  if (invoice === undefined || invoice.status === 'draft') return invoice;
  throw notEditable();
}

export function updateInvoiceItem(world: World, { id, params }: ApiRequest): InvoiceItem {
  const current = getInvoiceItem(world, id);
  const draft = draftOf(world, current);
  const row = { ...current, ...itemPatch(world, params, current) };
  const item = change(world, world.store.invoiceItems, {
    id,
    patch: { ...row, discounts: itemDiscounts(world, params, row) },
  });
  if (draft !== undefined) {
    const lines = draft.lines.data.map((line) =>
      line.parent.invoice_item_details?.invoice_item === id
        ? { ...pendingLine(world, draft.id, item), id: line.id }
        : line,
    );
    repriceDraft(world, draft, { lines });
  }
  return item;
}

function itemPatch(world: World, params: Params, current: InvoiceItem): Partial<InvoiceItem> {
  const price = priceOf(world, params);
  const quantity = quantityOf(params) ?? current.quantity;
  const known = price ?? world.store.prices.get(current.pricing?.price_details.price ?? '');
  const unit = price === undefined ? unitAmountOf(params) : undefined;
  const repriced = price !== undefined || params.has('quantity');
  const amount = amountOf(params, { price: repriced ? known : undefined, quantity, unit });
  const patch: Partial<InvoiceItem> = {
    amount: amount ?? current.amount,
    metadata: mergeMetadata(current.metadata, params),
    quantity,
    tax_rates: taxRatesOf(world, params, 'tax_rates') ?? current.tax_rates,
    period: periodOf(params) ?? current.period,
    discountable: params.boolean('discountable') ?? current.discountable,
  };
  if (price !== undefined) patch.pricing = pricingOf(price);
  const description = params.nullable('description');
  if (description !== undefined) patch.description = description;
  return patch;
}

export function deleteInvoiceItem(world: World, { id }: ApiRequest): object {
  const item = getInvoiceItem(world, id);
  const draft = draftOf(world, item);
  world.store.invoiceItems.delete(id);
  emit(world, 'invoiceitem.deleted', { object: item });
  if (draft !== undefined) {
    const lines = draft.lines.data.filter((line) => line.parent.invoice_item_details?.invoice_item !== id);
    repriceDraft(world, draft, { lines });
  }
  return { id, object: 'invoiceitem', deleted: true };
}
