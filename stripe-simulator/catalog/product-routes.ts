/** The routes of products and their features. */
import type { Product } from '../model/catalog.ts';
import { filterOf } from '../protocol/filters.ts';
import { listPage } from '../protocol/list.ts';
import type { ApiRequest, Route } from '../protocol/route.ts';
import { searchRoute } from '../protocol/search-page.ts';
import type { World } from '../world/world.ts';
import {
  attachFeature,
  createProduct,
  deleteProduct,
  detachFeature,
  getProduct,
  updateProduct,
} from './products.ts';

function listProducts(world: World, request: ApiRequest): object {
  const { params } = request;
  const ids = params.strings('ids');
  params.onlySimulates('type', ['service']);
  const matches = filterOf<Product>(params, {
    texts: { url: (row) => row.url },
    flags: { active: (row) => row.active, shippable: (row) => row.shippable },
    times: { created: (row) => row.created },
  });
  return listPage(request, world.store.products, {
    noun: 'product',
    keep: (row) => matches(row) && (ids === undefined || ids.includes(row.id)),
  });
}

function listFeatures(world: World, request: ApiRequest): object {
  getProduct(world, request.id);
  return listPage(request, world.store.productFeatures, {
    noun: 'product feature',
    keep: (row) => world.store.productFeatureOwners.get(row.id)?.product === request.id,
  });
}

export const productRoutes: readonly Route[] = [
  { method: 'POST', path: '/v1/products', operation: (world, { params }) => createProduct(world, params) },
  { method: 'GET', path: '/v1/products', operation: listProducts },
  searchRoute('/v1/products', (world) => world.store.products, {
    active: (row) => String(row.active),
    created: (row) => row.created,
    description: (row) => row.description,
    name: (row) => row.name,
    shippable: (row) => (row.shippable === null ? null : String(row.shippable)),
    url: (row) => row.url,
  }),
  { method: 'GET', path: '/v1/products/:product', operation: (world, { id }) => getProduct(world, id) },
  { method: 'POST', path: '/v1/products/:product', operation: updateProduct },
  { method: 'DELETE', path: '/v1/products/:product', operation: deleteProduct },
  { method: 'POST', path: '/v1/products/:product/features', operation: attachFeature },
  { method: 'GET', path: '/v1/products/:product/features', operation: listFeatures },
  { method: 'DELETE', path: '/v1/products/:product/features/:feature', operation: detachFeature },
];
