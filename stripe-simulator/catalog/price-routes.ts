/** The routes of prices. */
import type { Price } from '../model/catalog.ts';
import { filterOf } from '../protocol/filters.ts';
import { listPage } from '../protocol/list.ts';
import type { ApiRequest, Route } from '../protocol/route.ts';
import { searchRoute } from '../protocol/search-page.ts';
import { invalidRequest } from '../protocol/stripe-error.ts';
import type { World } from '../world/world.ts';
import { createPrice, getPrice, updatePrice } from './prices.ts';

const MAX_LOOKUP_KEYS = 10;

function listPrices(world: World, request: ApiRequest): object {
  const { params } = request;
  const keys = params.strings('lookup_keys');
  if (keys !== undefined && keys.length > MAX_LOOKUP_KEYS) {
    throw invalidRequest({
      message: `You can pass up to ${MAX_LOOKUP_KEYS} lookup keys.`,
      param: 'lookup_keys',
    });
  }
  params.oneOf('type', ['one_time', 'recurring']);
  const matches = filterOf<Price>(params, {
    texts: {
      currency: (row) => row.currency,
      product: (row) => row.product,
      type: (row) => row.type,
    },
    flags: { active: (row) => row.active },
    times: { created: (row) => row.created },
  });
  const recurs = filterOf<Price>(params.object('recurring'), {
    texts: {
      interval: (row) => row.recurring?.interval,
      meter: (row) => row.recurring?.meter,
      usage_type: (row) => row.recurring?.usage_type,
    },
  });
  return listPage(request, world.store.prices, {
    noun: 'price',
    keep: (row) => matches(row) && recurs(row) && (keys === undefined || keys.includes(row.lookup_key ?? '')),
  });
}

export const priceRoutes: readonly Route[] = [
  { method: 'POST', path: '/v1/prices', operation: (world, { params }) => createPrice(world, params) },
  { method: 'GET', path: '/v1/prices', operation: listPrices },
  searchRoute('/v1/prices', (world) => world.store.prices, {
    active: (row) => String(row.active),
    created: (row) => row.created,
    currency: (row) => row.currency,
    lookup_key: (row) => row.lookup_key,
    product: (row) => row.product,
    type: (row) => row.type,
  }),
  { method: 'GET', path: '/v1/prices/:price', operation: (world, { id }) => getPrice(world, id) },
  { method: 'POST', path: '/v1/prices/:price', operation: updatePrice },
];
