/** Active entitlements, which follow from the products of a customer's live subscriptions. */
import type { ActiveEntitlement, Feature } from '../model/catalog.ts';
import type { ObjectList } from '../model/common.ts';
import { emit } from '../world/records.ts';
import type { World } from '../world/world.ts';

const entitlingStatuses: readonly string[] = ['active', 'trialing', 'past_due'];
const SUMMARY_LIMIT = 10;

/** Updates the customer's entitlements and emits an event when they changed. */
export function refreshEntitlements(world: World, customer: string): void {
  const { activeEntitlements, entitlementOwners, productFeatures } = world.store;
  // Most setups have no features, so there is nothing to compare.
  if (productFeatures.size === 0 && activeEntitlements.size === 0) return;
  const expected = new Map(featuresOf(world, customer).map((feature) => [feature.id, feature]));
  let changed = false;
  for (const held of entitlementsOf(world, customer)) {
    if (expected.delete(held.feature)) continue;
    activeEntitlements.delete(held.id);
    entitlementOwners.delete(held.id);
    changed = true;
  }
  for (const feature of expected.values()) {
    const id = world.ids.next('ent_test_');
    entitlementOwners.put({ id, customer });
    activeEntitlements.put({
      id,
      object: 'entitlements.active_entitlement',
      feature: feature.id,
      livemode: false,
      lookup_key: feature.lookup_key,
    });
    changed = true;
  }
  if (changed)
    emit(world, 'entitlements.active_entitlement_summary.updated', { object: summaryOf(world, customer) });
}

/** Returns the customer's active entitlements, newest first. */
export function entitlementsOf(world: World, customer: string): ActiveEntitlement[] {
  const { activeEntitlements, entitlementOwners } = world.store;
  const held = entitlementOwners.where('customer', customer).map(({ id }) => activeEntitlements.get(id));
  return held.filter((row) => row !== undefined).reverse();
}

function featuresOf(world: World, customer: string): Feature[] {
  const { subscriptions, productFeatures, productFeatureOwners } = world.store;
  const products = new Set<string>();
  for (const subscription of subscriptions.where('customer', customer)) {
    if (!entitlingStatuses.includes(subscription.status)) continue;
    for (const item of subscription.items.data) products.add(item.price.product);
  }
  return productFeatures
    .oldestFirst()
    .filter((row) => products.has(productFeatureOwners.get(row.id)?.product ?? ''))
    .map((row) => row.entitlement_feature);
}

/** Returns the summary that the event contains. It has no id, and it lists a limited number of entitlements. */
function summaryOf(world: World, customer: string): object {
  const all = entitlementsOf(world, customer);
  const entitlements: ObjectList<ActiveEntitlement> = {
    object: 'list',
    data: all.slice(0, SUMMARY_LIMIT),
    has_more: all.length > SUMMARY_LIMIT,
    url: `/v1/customer/${customer}/entitlements`,
  };
  return { object: 'entitlements.active_entitlement_summary', customer, entitlements, livemode: false };
}
