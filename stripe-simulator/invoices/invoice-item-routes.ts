/** The routes of invoice items. */
import { checkCustomerFilter } from '../customers/customers.ts';
import { filterOf } from '../protocol/filters.ts';
import { listPage } from '../protocol/list.ts';
import type { ApiRequest, Route } from '../protocol/route.ts';
import type { World } from '../world/world.ts';
import { createInvoiceItem, deleteInvoiceItem, getInvoiceItem, updateInvoiceItem } from './invoice-items.ts';

function listItems(world: World, request: ApiRequest): object {
  checkCustomerFilter(world, request.params.string('customer'));
  return listPage(request, world.store.invoiceItems, {
    noun: 'invoiceitem',
    keep: filterOf(request.params, {
      texts: { customer: (row) => row.customer, invoice: (row) => row.invoice },
      flags: { pending: (row) => row.invoice === null },
      times: { created: (row) => row.date },
    }),
  });
}

export const invoiceItemRoutes: readonly Route[] = [
  { method: 'POST', path: '/v1/invoiceitems', operation: createInvoiceItem },
  { method: 'GET', path: '/v1/invoiceitems', operation: listItems },
  { method: 'GET', path: '/v1/invoiceitems/:item', operation: (world, { id }) => getInvoiceItem(world, id) },
  { method: 'POST', path: '/v1/invoiceitems/:item', operation: updateInvoiceItem },
  { method: 'DELETE', path: '/v1/invoiceitems/:item', operation: deleteInvoiceItem },
];
