/** Creates and deletes invoice items, which are pending until an invoice includes them. */

import { resolvePrice } from '../catalog/prices.ts';
import { resolveCustomer } from '../customers/customers.ts';
import type { Price } from '../model/catalog.ts';
import type { InvoiceItem } from '../model/invoice.ts';
import { mergeMetadata } from '../protocol/metadata.ts';
import type { Params } from '../protocol/params.ts';
import type { ApiRequest } from '../protocol/route.ts';
import { invalidRequest, missingParameter, noSuch, notFound } from '../protocol/stripe-error.ts';
import { add, emit } from '../world/records.ts';
import type { World } from '../world/world.ts';
import { appendToDraft, pricingOf } from './invoice-draft.ts';

export function createInvoiceItem(world: World, { params }: ApiRequest): InvoiceItem {
  const customer = resolveCustomer(world, params.required('customer'));
  const draft = resolveDraft(world, params);
  const row = itemOf(world, params, customer.id);
  add(world, world.store.invoiceItems, { row, event: 'invoiceitem.created' });
  if (draft !== undefined) appendToDraft(world, draft, row);
  return world.store.invoiceItems.get(row.id) ?? row;
}

function resolveDraft(world: World, params: Params): string | undefined {
  const id = params.string('invoice');
  if (id === undefined) return undefined;
  const invoice = world.store.invoices.get(id);
  if (invoice === undefined) throw noSuch('invoice', { id, param: 'invoice' });
  if (invoice.status === 'draft') return id;
  throw invalidRequest({ message: 'This invoice is no longer editable', code: 'invoice_not_editable' });
}

function itemOf(world: World, params: Params, customer: string): InvoiceItem {
  const now = world.seconds();
  const price = priceOf(world, params);
  const quantity = params.integer('quantity') ?? 1;
  const unitAmount = price?.unit_amount ?? params.integer('unit_amount');
  const amount = params.integer('amount') ?? (unitAmount === undefined ? undefined : unitAmount * quantity);
  if (amount === undefined) throw missingParameter('amount');
  const subscription = params.string('subscription');
  return {
    id: world.ids.next('ii_'),
    object: 'invoiceitem',
    amount,
    currency: price?.currency ?? params.required('currency').toLowerCase(),
    customer,
    customer_account: null,
    date: now,
    description: params.string('description') ?? null,
    discountable: true,
    discounts: [],
    invoice: null,
    livemode: false,
    metadata: mergeMetadata({}, params),
    parent:
      subscription === undefined
        ? null
        : { subscription_details: { subscription }, type: 'subscription_details' },
    period: { end: now, start: now },
    pricing: price === undefined ? null : pricingOf(price),
    proration: false,
    quantity,
  };
}

function priceOf(world: World, params: Params): Price | undefined {
  const id = params.object('pricing')?.string('price') ?? params.string('price');
  return id === undefined ? undefined : resolvePrice(world, id, 'pricing[price]');
}

export function getInvoiceItem(world: World, id: string): InvoiceItem {
  const item = world.store.invoiceItems.get(id);
  if (item === undefined) throw notFound('invoiceitem', id);
  return item;
}

export function deleteInvoiceItem(world: World, { id }: ApiRequest): object {
  const item = getInvoiceItem(world, id);
  if (item.invoice !== null) {
    throw invalidRequest({
      message: 'The simulator cannot delete an invoice item that is already on an invoice.',
    });
  }
  world.store.invoiceItems.delete(id);
  emit(world, 'invoiceitem.deleted', { object: item });
  return { id, object: 'invoiceitem', deleted: true };
}
