/** The routes of invoice items. */
import { listPage, timeFilter } from '../protocol/list.ts';
import type { ApiRequest, Route } from '../protocol/route.ts';
import type { World } from '../world/world.ts';
import { createInvoiceItem, deleteInvoiceItem, getInvoiceItem, updateInvoiceItem } from './invoice-items.ts';

function listItems(world: World, request: ApiRequest): object {
  const customer = request.params.string('customer');
  const invoice = request.params.string('invoice');
  const pending = request.params.boolean('pending');
  const created = timeFilter(request.params, 'created');
  return listPage(request, world.store.invoiceItems, {
    noun: 'invoiceitem',
    keep: (row) =>
      (customer === undefined || row.customer === customer) &&
      (invoice === undefined || row.invoice === invoice) &&
      (pending === undefined || (row.invoice === null) === pending) &&
      created(row.date),
  });
}

export const invoiceItemRoutes: readonly Route[] = [
  { method: 'POST', path: '/v1/invoiceitems', operation: createInvoiceItem },
  { method: 'GET', path: '/v1/invoiceitems', operation: listItems },
  { method: 'GET', path: '/v1/invoiceitems/:item', operation: (world, { id }) => getInvoiceItem(world, id) },
  { method: 'POST', path: '/v1/invoiceitems/:item', operation: updateInvoiceItem },
  { method: 'DELETE', path: '/v1/invoiceitems/:item', operation: deleteInvoiceItem },
];
