/** The routes of invoices and invoice payments. */

import { checkCustomerFilter } from '../customers/customers.ts';
import { limitOf, listPage, timeFilter } from '../protocol/list.ts';
import type { ApiRequest, Route } from '../protocol/route.ts';
import { notFound } from '../protocol/stripe-error.ts';
import type { World } from '../world/world.ts';
import { previewOperation } from './invoice-preview.ts';
import {
  createInvoice,
  deleteInvoice,
  finalizeOperation,
  getInvoice,
  payInvoice,
  sendInvoice,
  updateInvoice,
  voidOperation,
} from './invoices.ts';

function listInvoices(world: World, request: ApiRequest): object {
  const { params } = request;
  const customer = params.string('customer');
  checkCustomerFilter(world, customer);
  const subscription = params.string('subscription');
  const status = params.oneOf('status', ['draft', 'open', 'paid', 'uncollectible', 'void']);
  const created = timeFilter(params, 'created');
  return listPage(request, world.store.invoices, {
    noun: 'invoice',
    keep: (row) =>
      (row.test_clock === null || customer !== undefined || subscription !== undefined) &&
      (customer === undefined || row.customer === customer) &&
      (subscription === undefined || row.parent?.subscription_details?.subscription === subscription) &&
      (status === undefined || row.status === status) &&
      created(row.created),
  });
}

function listLines(world: World, request: ApiRequest): object {
  const { data } = getInvoice(world, request.id).lines;
  const after = request.params.string('starting_after');
  const start = after === undefined ? 0 : data.findIndex(({ id }) => id === after) + 1;
  const end = start + limitOf(request.params);
  const page = data.slice(start, end);
  return { object: 'list', data: page, has_more: data.length > end, url: request.path };
}

function listPayments(world: World, request: ApiRequest): object {
  const invoice = request.params.string('invoice');
  const status = request.params.oneOf('status', ['canceled', 'open', 'paid']);
  return listPage(request, world.store.invoicePayments, {
    noun: 'invoice_payment',
    keep: (row) =>
      (invoice === undefined || row.invoice === invoice) && (status === undefined || row.status === status),
  });
}

function retrievePayment(world: World, { id }: ApiRequest): object {
  const payment = world.store.invoicePayments.get(id);
  if (payment === undefined) throw notFound('invoice_payment', id);
  return payment;
}

export const invoiceRoutes: readonly Route[] = [
  { method: 'POST', path: '/v1/invoices', operation: createInvoice },
  { method: 'GET', path: '/v1/invoices', operation: listInvoices },
  { method: 'POST', path: '/v1/invoices/create_preview', operation: previewOperation },
  { method: 'GET', path: '/v1/invoices/:invoice', operation: (world, { id }) => getInvoice(world, id) },
  { method: 'POST', path: '/v1/invoices/:invoice', operation: updateInvoice },
  { method: 'DELETE', path: '/v1/invoices/:invoice', operation: deleteInvoice },
  {
    method: 'GET',
    path: '/v1/invoices/:invoice/lines',
    operation: listLines,
  },
  { method: 'POST', path: '/v1/invoices/:invoice/finalize', operation: finalizeOperation },
  { method: 'POST', path: '/v1/invoices/:invoice/pay', operation: payInvoice },
  { method: 'POST', path: '/v1/invoices/:invoice/send', operation: sendInvoice },
  { method: 'POST', path: '/v1/invoices/:invoice/void', operation: voidOperation('void') },
  {
    method: 'POST',
    path: '/v1/invoices/:invoice/mark_uncollectible',
    operation: voidOperation('user_forgiven'),
  },
  { method: 'GET', path: '/v1/invoice_payments', operation: listPayments },
  { method: 'GET', path: '/v1/invoice_payments/:payment', operation: retrievePayment },
];
