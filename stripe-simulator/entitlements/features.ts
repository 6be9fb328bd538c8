/** Creates and updates features. */
import type { Feature } from '../model/catalog.ts';
import { mergeMetadata } from '../protocol/metadata.ts';
import type { ApiRequest } from '../protocol/route.ts';
import { invalidRequest, notFound } from '../protocol/stripe-error.ts';
import type { World } from '../world/world.ts';

const MAX_LOOKUP_KEY_LENGTH = 80;

export function createFeature(world: World, { params }: ApiRequest): Feature {
  const lookupKey = params.required('lookup_key');
  if (lookupKey.length > MAX_LOOKUP_KEY_LENGTH) {
    throw invalidRequest({
      message: `Lookup keys can have up to ${MAX_LOOKUP_KEY_LENGTH} characters.`,
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

export function getFeature(world: World, id: string): Feature {
  const feature = world.store.features.get(id);
  if (feature === undefined) throw notFound('feature', id);
  return feature;
}

export function updateFeature(world: World, { id, params }: ApiRequest): Feature {
  const current = getFeature(world, id);
  return world.store.features.put({
    ...current,
    active: params.boolean('active') ?? current.active,
    metadata: mergeMetadata(current.metadata, params),
    name: params.string('name') ?? current.name,
  });
}
