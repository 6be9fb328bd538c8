/** The routes of features and active entitlements. */

import { resolveCustomer } from '../customers/customers.ts';
import { filterOf } from '../protocol/filters.ts';
import { listPage } from '../protocol/list.ts';
import type { ApiRequest, Route } from '../protocol/route.ts';
import type { World } from '../world/world.ts';
import { entitlementsOf } from './active-entitlements.ts';
import { createFeature, getFeature, updateFeature } from './features.ts';

function listActive(world: World, request: ApiRequest): object {
  const customer = resolveCustomer(world, request.params.required('customer'));
  const activeIds = new Set(entitlementsOf(world, customer.id).map((row) => row.id));
  return listPage(request, world.store.activeEntitlements, {
    noun: 'active entitlement',
    keep: (row) => activeIds.has(row.id),
  });
}

export const entitlementRoutes: readonly Route[] = [
  { method: 'POST', path: '/v1/entitlements/features', operation: createFeature },
  {
    method: 'GET',
    path: '/v1/entitlements/features',
    operation: (world, request) => {
      return listPage(request, world.store.features, {
        noun: 'feature',
        keep: filterOf(request.params, {
          texts: { lookup_key: (row) => row.lookup_key },
          flags: { archived: (row) => !row.active },
        }),
      });
    },
  },
  {
    method: 'GET',
    path: '/v1/entitlements/features/:feature',
    operation: (world, { id }) => getFeature(world, id),
  },
  { method: 'POST', path: '/v1/entitlements/features/:feature', operation: updateFeature },
  { method: 'GET', path: '/v1/entitlements/active_entitlements', operation: listActive },
];
