/** The routes of invoices and invoice payments. */

import { checkCustomerFilter } from '../customers/customers.ts';
import type { Invoice, InvoicePayment } from '../model/invoice.ts';
import { filterOf } from '../protocol/filters.ts';
import { listPage, pageOf } from '../protocol/list.ts';
import type { ApiRequest, Route } from '../protocol/route.ts';
import { searchRoute } from '../protocol/search-page.ts';
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
  params.oneOf('collection_method', ['charge_automatically', 'send_invoice']);
  params.oneOf('status', ['draft', 'open', 'paid', 'uncollectible', 'void']);
  const anyClock = customer !== undefined || params.has('subscription');
  const matches = filterOf<Invoice>(params, {
    texts: {
      collection_method: (row) => row.collection_method,
      customer: (row) => row.customer,
      status: (row) => row.status,
      subscription: (row) => row.parent?.subscription_details?.subscription,
    },
    times: { created: (row) => row.created, due_date: (row) => row.due_date },
  });
  return listPage(request, world.store.invoices, {
    noun: 'invoice',
    keep: (row) => (row.test_clock === null || anyClock) && matches(row),
  });
}

function listLines(world: World, request: ApiRequest): object {
  return pageOf(request, getInvoice(world, request.id).lines.data, 'line_item');
}

function listPayments(world: World, request: ApiRequest): object {
  const { params } = request;
  params.oneOf('status', ['canceled', 'open', 'paid']);
  const matches = filterOf<InvoicePayment>(params, {
    texts: { invoice: (row) => row.invoice, status: (row) => row.status },
    times: { created: (row) => row.created },
  });
  const isOf = filterOf<InvoicePayment>(params.object('payment'), {
    texts: {
      payment_intent: (row) => row.payment.payment_intent,
      payment_record: (row) => row.payment.payment_record,
      type: (row) => row.payment.type,
    },
  });
  return listPage(request, world.store.invoicePayments, {
    noun: 'invoice_payment',
    keep: (row) => matches(row) && isOf(row),
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
  searchRoute<Invoice>('/v1/invoices', (world) => world.store.invoices, {
    created: (row) => row.created,
    currency: (row) => row.currency,
    customer: (row) => row.customer,
    number: (row) => row.number,
    receipt_number: (row) => row.receipt_number,
    status: (row) => row.status,
    subscription: (row) => row.parent?.subscription_details?.subscription ?? null,
    total: (row) => row.total,
  }),
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
