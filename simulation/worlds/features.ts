/** Stripe's entitlements. They follow a change of a subscription or a product a moment later, and report it by an event. */
import type { Subscription } from '../../core/subscription/subscription.ts';
import { isRunning } from '../oracle/state.ts';
import { type EventWorld, emit } from './events.ts';

export const SUMMARY_UPDATED = 'entitlements.active_entitlement_summary.updated';

export interface FeatureWorld extends EventWorld {
  readonly customers: ReadonlyMap<string, { readonly deletedMs: number | null }>;
  readonly subscriptions: ReadonlyMap<string, Subscription>;
  /** The active entitlements, by customer. They follow the subscriptions a moment later. */
  readonly entitled: Map<string, readonly string[]>;
  /** The features that were added to the products of prices. */
  readonly addedFeatures: Map<string, string>;
}

const MAX_LAG_MS = 4_000;

/** Returns the active features, as Stripe shows them now. */
export function featuresOf(world: FeatureWorld, customerId: string): readonly string[] {
  return world.customers.get(customerId)?.deletedMs === null ? (world.entitled.get(customerId) ?? []) : [];
}

/** Brings the entitlements of a customer up to date, at once or a moment later. */
export function followFeatures(world: FeatureWorld, customerId: string): void {
  const follow = () => {
    const [before, now] = [featuresOf(world, customerId), grantedTo(world, customerId)];
    if (world.customers.get(customerId)?.deletedMs !== null || before.join() === now.join()) return;
    world.entitled.set(customerId, now);
    emit(world, SUMMARY_UPDATED, { customerId, sub: null });
  };
  if (world.random.chance(0.5)) follow();
  else world.timeline.after(world.random.below(MAX_LAG_MS), follow);
}

/** Adds a feature to the product of a price, or takes it away again. No subscription changes. */
export function changeProduct(world: FeatureWorld, priceId: string): void {
  if (!world.addedFeatures.delete(priceId)) world.addedFeatures.set(priceId, `added_to_${priceId}`);
  const affected = [...world.subscriptions.values()].filter(({ items }) => namesPrice(items, priceId));
  for (const customerId of new Set(affected.map((one) => one.customerId))) followFeatures(world, customerId);
}

function namesPrice(items: Subscription['items'], priceId: string): boolean {
  return items.some((item) => item.priceId === priceId);
}

/** Each price is for a product with one feature, to which another one may have been added. */
function grantedTo({ subscriptions, addedFeatures }: FeatureWorld, customerId: string): readonly string[] {
  const live = [...subscriptions.values()].filter((one) => one.customerId === customerId && isRunning(one));
  const prices = live.flatMap(({ items }) => items.map(({ priceId }) => priceId));
  const granted = prices.flatMap((id) => [`feature_of_${id}`, addedFeatures.get(id) ?? []].flat());
  return [...new Set(granted)].sort();
}
