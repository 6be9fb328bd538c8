/** Creates, updates and deletes products, and attaches features to them. */
import { refreshEntitlements } from '../entitlements/active-entitlements.ts';
import type { Product, ProductFeature } from '../model/catalog.ts';
import { mergeMetadata } from '../protocol/metadata.ts';
import type { Params } from '../protocol/params.ts';
import type { ApiRequest } from '../protocol/route.ts';
import { invalidRequest, noSuch, notFound } from '../protocol/stripe-error.ts';
import { add, change, emit } from '../world/records.ts';
import type { World } from '../world/world.ts';

export function createProduct(world: World, params: Params): Product {
  const now = world.seconds();
  const id = params.string('id') ?? world.ids.next('prod_');
  if (world.store.products.get(id) !== undefined) {
    throw invalidRequest({
      message: 'Product already exists.',
      code: 'resource_already_exists',
      param: 'id',
    });
  }
  const row: Product = {
    id,
    object: 'product',
    active: true,
    created: now,
    default_price: null,
    description: null,
    images: [],
    livemode: false,
    marketing_features: [],
    metadata: {},
    name: params.required('name'),
    package_dimensions: null,
    shippable: null,
    statement_descriptor: null,
    tax_code: null,
    type: 'service',
    unit_label: null,
    updated: now,
    url: null,
  };
  return add(world, world.store.products, {
    row: { ...row, ...productPatch(row, params) },
    event: 'product.created',
  });
}

function productPatch(current: Product, params: Params): Partial<Product> {
  const patch: Partial<Product> = { metadata: mergeMetadata(current.metadata, params) };
  for (const name of ['description', 'statement_descriptor', 'tax_code', 'unit_label', 'url'] as const) {
    const value = params.nullable(name);
    if (value !== undefined) patch[name] = value;
  }
  const name = params.string('name');
  if (name !== undefined) patch.name = name;
  const active = params.boolean('active');
  if (active !== undefined) patch.active = active;
  const images = params.strings('images');
  if (images !== undefined) patch.images = images;
  const features = marketingFeatures(params);
  if (features !== undefined) patch.marketing_features = features;
  const defaultPrice = params.string('default_price');
  if (defaultPrice !== undefined) patch.default_price = defaultPrice;
  return patch;
}

const MAX_MARKETING_FEATURES = 15;
const MAX_FEATURE_NAME = 80;

/** What a pricing table lists. It replaces the list, and an empty value clears it. */
function marketingFeatures(params: Params): readonly { readonly name: string }[] | undefined {
  if (params.raw('marketing_features') === '') return [];
  const features = params.objects('marketing_features')?.map((feature) => {
    const name = feature.required('name');
    if (name.length <= MAX_FEATURE_NAME) return { name };
    const message = `Invalid string: ${name.slice(0, 10)}...; must be at most ${MAX_FEATURE_NAME} characters`;
    throw invalidRequest({ message, param: feature.nameOf('name') });
  });
  if (features === undefined || features.length <= MAX_MARKETING_FEATURES) return features;
  throw invalidRequest({
    message: `You can specify at most ${MAX_MARKETING_FEATURES} marketing features.`,
    param: 'marketing_features',
  });
}

export function getProduct(world: World, id: string): Product {
  const product = world.store.products.get(id);
  if (product === undefined) throw notFound('product', id);
  return product;
}

export function updateProduct(world: World, { id, params }: ApiRequest): Product {
  const patch = { ...productPatch(getProduct(world, id), params), updated: world.seconds() };
  return change(world, world.store.products, { id, patch, event: 'product.updated' });
}

export function deleteProduct(world: World, { id }: ApiRequest): object {
  const product = getProduct(world, id);
  if (world.store.prices.oldestFirst().some((price) => price.product === id)) {
    throw invalidRequest({
      message: 'This product cannot be deleted because it has one or more user-created prices.',
      param: 'id',
    });
  }
  world.store.products.delete(id);
  emit(world, 'product.deleted', { object: product });
  return { id, object: 'product', deleted: true };
}

export function attachFeature(world: World, { id, params }: ApiRequest): ProductFeature {
  const product = getProduct(world, id);
  const featureId = params.required('entitlement_feature');
  const feature = world.store.features.get(featureId);
  if (feature === undefined) throw noSuch('feature', { id: featureId, param: 'entitlement_feature' });
  const row: ProductFeature = {
    id: world.ids.next('prodft_'),
    object: 'product_feature',
    entitlement_feature: feature,
    livemode: false,
  };
  world.store.productFeatureOwners.put({ id: row.id, product: product.id });
  world.store.productFeatures.put(row);
  for (const { id: customer } of world.store.customers.oldestFirst()) refreshEntitlements(world, customer);
  return row;
}

export function detachFeature(world: World, { id, subId }: ApiRequest): object {
  getProduct(world, id);
  if (world.store.productFeatures.get(subId) === undefined) throw notFound('product feature', subId);
  world.store.productFeatures.delete(subId);
  world.store.productFeatureOwners.delete(subId);
  for (const { id: customer } of world.store.customers.oldestFirst()) refreshEntitlements(world, customer);
  return { id: subId, object: 'product_feature', deleted: true };
}
