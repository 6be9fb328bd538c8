/** The routes of prices. */
import { listPage, timeFilter } from '../protocol/list.ts';
import type { ApiRequest, Route } from '../protocol/route.ts';
import { searchPage } from '../protocol/search-page.ts';
import { invalidRequest } from '../protocol/stripe-error.ts';
import type { World } from '../world/world.ts';
import { createPrice, getPrice, updatePrice } from './prices.ts';

const MAX_LOOKUP_KEYS = 10;

function listPrices(world: World, request: ApiRequest): object {
  const { params } = request;
  const active = params.boolean('active');
  const keys = params.strings('lookup_keys');
  if (keys !== undefined && keys.length > MAX_LOOKUP_KEYS) {
    throw invalidRequest({
      message: `You can pass up to ${MAX_LOOKUP_KEYS} lookup keys.`,
      param: 'lookup_keys',
    });
  }
  const product = params.string('product');
  const type = params.oneOf('type', ['one_time', 'recurring']);
  const created = timeFilter(params, 'created');
  return listPage(request, world.store.prices, {
    noun: 'price',
    keep: (row) =>
      (active === undefined || row.active === active) &&
      (keys === undefined || keys.includes(row.lookup_key ?? '')) &&
      (product === undefined || row.product === product) &&
      (type === undefined || row.type === type) &&
      created(row.created),
  });
}

export const priceRoutes: readonly Route[] = [
  { method: 'POST', path: '/v1/prices', operation: (world, { params }) => createPrice(world, params) },
  { method: 'GET', path: '/v1/prices', operation: listPrices },
  {
    method: 'GET',
    path: '/v1/prices/search',
    operation: (world, request) =>
      searchPage(world, request, {
        table: world.store.prices,
        fields: {
          active: (row) => String(row.active),
          lookup_key: (row) => row.lookup_key,
          product: (row) => row.product,
          type: (row) => row.type,
        },
      }),
  },
  { method: 'GET', path: '/v1/prices/:price', operation: (world, { id }) => getPrice(world, id) },
  { method: 'POST', path: '/v1/prices/:price', operation: updatePrice },
];
