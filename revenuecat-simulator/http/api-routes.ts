/** The routes of the REST API, version 2, relative to the project. */
import { getProduct } from '../catalog/catalog.ts';
import { getCustomer } from '../customers/customers.ts';
import { deleteCustomer } from '../customers/deletion.ts';
import { ownedBy } from '../customers/ownership.ts';
import { environments } from '../model/values.ts';
import { missing } from '../protocol/errors.ts';
import { pageOf } from '../protocol/list.ts';
import { oneOf, pageRequestOf } from '../protocol/query.ts';
import {
  activeEntitlements,
  aliasView,
  customerPath,
  customerView,
  productView,
  projectPath,
  purchaseView,
  subscriptionView,
} from '../render/views.ts';
import type { World } from '../world/world.ts';

export interface ApiRequest {
  /** The parameter of the path, decoded. */
  readonly id: string;
  readonly query: URLSearchParams;
}

export interface ApiRoute {
  readonly method: 'GET' | 'DELETE';
  readonly path: string;
  /** The parameters of the query; any other one is rejected. */
  readonly query: readonly string[];
  readonly run: (world: World, request: ApiRequest) => object;
}

const pageParameters = ['limit', 'starting_after'] as const;

export const apiRoutes: readonly ApiRoute[] = [
  {
    method: 'GET',
    path: 'customers',
    query: pageParameters,
    run: (world, { query }) => {
      const rows = world.store.customers.oldestFirst().map((row) => customerView(world, row));
      return pageOf(rows, pageRequestOf(query), { url: `${projectPath(world)}/customers` });
    },
  },
  {
    method: 'GET',
    path: 'customers/:customer',
    query: [],
    run: (world, { id }) => customerView(world, getCustomer(world, id)),
  },
  {
    method: 'DELETE',
    path: 'customers/:customer',
    query: [],
    run: (world, { id }) => deleteCustomer(world, id),
  },
  {
    method: 'GET',
    path: 'customers/:customer/subscriptions',
    query: [...pageParameters, 'environment'],
    run: (world, request) => ownedList(world, request, 'subscriptions'),
  },
  {
    method: 'GET',
    path: 'customers/:customer/purchases',
    query: [...pageParameters, 'environment'],
    run: (world, request) => ownedList(world, request, 'purchases'),
  },
  {
    method: 'GET',
    path: 'customers/:customer/active_entitlements',
    query: pageParameters,
    run: (world, { id, query }) => {
      const { items, url } = activeEntitlements(world, getCustomer(world, id).id);
      const rows = items.map((item) => ({ ...item, id: item.entitlement_id }));
      const page = pageOf(rows, pageRequestOf(query), { url });
      return { ...page, items: page.items.map(({ id: _id, ...item }) => item) };
    },
  },
  {
    method: 'GET',
    path: 'customers/:customer/aliases',
    query: pageParameters,
    run: (world, { id, query }) => {
      const customer = getCustomer(world, id);
      const url = `${customerPath(world, customer.id)}/aliases`;
      return pageOf(customer.aliases.map(aliasView), pageRequestOf(query), { url });
    },
  },
  {
    method: 'GET',
    path: 'products',
    query: pageParameters,
    run: (world, { query }) => {
      const rows = world.store.products.oldestFirst().map((row) => productView(world, row));
      return pageOf(rows, pageRequestOf(query), { url: `${projectPath(world)}/products` });
    },
  },
  {
    method: 'GET',
    path: 'products/:product',
    query: [],
    run: (world, { id }) => {
      const product = getProduct(world, id);
      // The API knows a product by its own id only.
      if (product.id !== id) throw missing('product', id);
      return productView(world, product);
    },
  },
];

function ownedList(world: World, { id, query }: ApiRequest, kind: 'subscriptions' | 'purchases'): object {
  const environment = oneOf(query, 'environment', environments);
  const page = pageRequestOf(query);
  const customer = getCustomer(world, id);
  const owned = ownedBy(world, customer.id);
  const rows =
    kind === 'subscriptions'
      ? owned.subscriptions.map((row) => subscriptionView(world, row))
      : owned.purchases.map((row) => purchaseView(world, row));
  return pageOf<(typeof rows)[number]>(
    rows.filter((row) => environment === undefined || row.environment === environment),
    page,
    {
      url: `${customerPath(world, customer.id)}/${kind}`,
      filters: environment === undefined ? {} : { environment },
    },
  );
}
