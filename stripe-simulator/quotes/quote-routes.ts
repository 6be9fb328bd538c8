/** The routes of quotes. */
import { checkCustomerFilter } from '../customers/customers.ts';
import type { Quote } from '../model/quote.ts';
import { filterOf } from '../protocol/filters.ts';
import { listPage, pageOf } from '../protocol/list.ts';
import type { ApiRequest, Route } from '../protocol/route.ts';
import { checkoutLine } from '../render/included-parts.ts';
import type { World } from '../world/world.ts';
import { acceptQuote } from './quote-acceptance.ts';
import { cancelQuote, createQuote, finalizeQuote, getQuote, updateQuote } from './quotes.ts';

function listQuotes(world: World, request: ApiRequest): object {
  const { params } = request;
  checkCustomerFilter(world, params.string('customer'));
  params.oneOf('status', ['accepted', 'canceled', 'draft', 'open']);
  const matches = filterOf<Quote>(params, {
    texts: {
      customer: (row) => row.customer,
      status: (row) => row.status,
      test_clock: (row) => row.test_clock,
    },
  });
  return listPage(request, world.store.quotes, { noun: 'quote', keep: matches });
}

function listLines(world: World, request: ApiRequest): object {
  getQuote(world, request.id);
  const lines = (world.store.quoteOrders.get(request.id)?.lines ?? []).map(checkoutLine);
  return pageOf(request, lines, 'item');
}

export const quoteRoutes: readonly Route[] = [
  { method: 'POST', path: '/v1/quotes', operation: createQuote },
  { method: 'GET', path: '/v1/quotes', operation: listQuotes },
  { method: 'GET', path: '/v1/quotes/:quote', operation: (world, { id }) => getQuote(world, id) },
  { method: 'POST', path: '/v1/quotes/:quote', operation: updateQuote },
  { method: 'POST', path: '/v1/quotes/:quote/finalize', operation: finalizeQuote },
  { method: 'POST', path: '/v1/quotes/:quote/accept', operation: acceptQuote },
  { method: 'POST', path: '/v1/quotes/:quote/cancel', operation: cancelQuote },
  { method: 'GET', path: '/v1/quotes/:quote/line_items', operation: listLines },
  { method: 'GET', path: '/v1/quotes/:quote/computed_upfront_line_items', operation: listLines },
];
