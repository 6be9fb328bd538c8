/** Features, and what a customer may use at this moment. */

import { customerNamed } from '../customers/customer-operations.ts';
import type { Feature } from '../model/catalog.ts';
import { listPage } from '../protocol/list.ts';
import { mergeMetadata } from '../protocol/metadata.ts';
import type { ApiRequest, Route } from '../protocol/route.ts';
import { invalidRequest, notFound } from '../protocol/stripe-error.ts';
import type { World } from '../world/world.ts';
import { entitlementsOf } from './active-entitlements.ts';

const maxLookupKeyLength = 80;

function createFeature(world: World, { params }: ApiRequest): Feature {
  const lookupKey = params.required('lookup_key');
  if (lookupKey.length > maxLookupKeyLength) {
    throw invalidRequest({
      message: `Lookup keys can have up to ${maxLookupKeyLength} characters.`,
      param: 'lookup_key',
    });
  }
  if (world.store.features.oldestFirst().some((row) => row.lookup_key === lookupKey)) {
    throw invalidRequest({
      message: `A feature with the lookup key ${lookupKey} already exists.`,
      code: 'resource_already_exists',
      param: 'lookup_key',
    });
  }
  return world.store.features.put({
    id: world.ids.next('feat_test_'),
    object: 'entitlements.feature',
    active: true,
    livemode: false,
    lookup_key: lookupKey,
    metadata: mergeMetadata({}, params),
    name: params.required('name'),
  });
}

function featureAt(world: World, id: string): Feature {
  const feature = world.store.features.get(id);
  if (feature === undefined) throw notFound('feature', id);
  return feature;
}

function updateFeature(world: World, { id, params }: ApiRequest): Feature {
  const current = featureAt(world, id);
  return world.store.features.put({
    ...current,
    active: params.boolean('active') ?? current.active,
    metadata: mergeMetadata(current.metadata, params),
    name: params.string('name') ?? current.name,
  });
}

function listActive(world: World, request: ApiRequest): object {
  const customer = customerNamed(world, request.params.required('customer'));
  const held = new Set(entitlementsOf(world, customer.id).map((row) => row.id));
  return listPage(request, world.store.activeEntitlements, {
    noun: 'active entitlement',
    keep: (row) => held.has(row.id),
  });
}

export const entitlementRoutes: readonly Route[] = [
  { method: 'POST', path: '/v1/entitlements/features', operation: createFeature },
  {
    method: 'GET',
    path: '/v1/entitlements/features',
    operation: (world, request) => {
      const lookupKey = request.params.string('lookup_key');
      return listPage(request, world.store.features, {
        noun: 'feature',
        keep: (row) => lookupKey === undefined || row.lookup_key === lookupKey,
      });
    },
  },
  {
    method: 'GET',
    path: '/v1/entitlements/features/:feature',
    operation: (world, { id }) => featureAt(world, id),
  },
  { method: 'POST', path: '/v1/entitlements/features/:feature', operation: updateFeature },
  { method: 'GET', path: '/v1/entitlements/active_entitlements', operation: listActive },
];
