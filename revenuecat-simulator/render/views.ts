/** The objects of the API. */
import { ownedBy } from '../customers/ownership.ts';
import type { Alias, Customer } from '../model/customer.ts';
import type { Entitlement, Product } from '../model/product.ts';
import type { Purchase } from '../model/purchase.ts';
import { givesAccess, type Subscription } from '../model/subscription.ts';
import { type List, wholeList } from '../protocol/list.ts';
import type { World } from '../world/world.ts';

export interface EntitlementView extends Entitlement {
  readonly object: 'entitlement';
  readonly project_id: string;
  readonly state: 'active';
}

export interface ActiveEntitlementView {
  readonly object: 'customer.active_entitlement';
  readonly entitlement_id: string;
  readonly expires_at: number | null;
}

export function projectPath({ projectId }: World): string {
  return `/v2/projects/${encodeURIComponent(projectId)}`;
}

export function customerPath(world: World, id: string): string {
  return `${projectPath(world)}/customers/${encodeURIComponent(id)}`;
}

export function customerView(world: World, row: Customer) {
  return {
    object: 'customer' as const,
    id: row.id,
    project_id: world.projectId,
    first_seen_at: row.first_seen_at,
    last_seen_at: row.last_seen_at,
    last_seen_app_version: null,
    last_seen_country: row.country,
    last_seen_platform: null,
    last_seen_platform_version: null,
    active_entitlements: activeEntitlements(world, row.id),
    experiment: null,
  };
}

export function aliasView(row: Alias) {
  return { object: 'customer.alias' as const, id: row.id, created_at: row.created_at };
}

export function subscriptionView(world: World, row: Subscription) {
  return {
    object: 'subscription' as const,
    id: row.id,
    customer_id: row.customer_id,
    original_customer_id: row.original_customer_id,
    product_id: row.product_id,
    starts_at: row.starts_at,
    current_period_starts_at: row.current_period_starts_at,
    current_period_ends_at: row.current_period_ends_at,
    ends_at: row.current_period_ends_at,
    gives_access: givesAccess(row),
    pending_payment: false,
    auto_renewal_status: row.auto_renewal_status,
    status: row.status,
    total_revenue_in_usd: null,
    presented_offering_id: null,
    entitlements: entitlementList(
      world,
      row.entitlement_ids,
      `${projectPath(world)}/subscriptions/${row.id}`,
    ),
    environment: row.environment,
    store: row.store,
    store_subscription_identifier: row.store_subscription_identifier,
    ownership: row.ownership,
    management_url: managementUrl(row),
    country: row.country,
  };
}

export function purchaseView(world: World, row: Purchase) {
  return {
    object: 'purchase' as const,
    id: row.id,
    customer_id: row.customer_id,
    original_customer_id: row.original_customer_id,
    product_id: row.product_id,
    purchased_at: row.purchased_at,
    revenue_in_usd: null,
    quantity: row.quantity,
    status: row.status,
    presented_offering_id: null,
    entitlements: entitlementList(world, row.entitlement_ids, `${projectPath(world)}/purchases/${row.id}`),
    environment: row.environment,
    store: row.store,
    store_purchase_identifier: row.store_purchase_identifier,
    ownership: row.ownership,
    country: row.country,
  };
}

export function productView(world: World, row: Product) {
  return {
    object: 'product' as const,
    id: row.id,
    store_identifier: row.store_identifier,
    type: row.type,
    subscription: row.duration === null ? null : { duration: row.duration },
    display_name: row.display_name,
    app_id: world.appId,
    created_at: row.created_at,
    state: 'active' as const,
  };
}

export type CustomerView = ReturnType<typeof customerView>;
export type SubscriptionView = ReturnType<typeof subscriptionView>;
export type PurchaseView = ReturnType<typeof purchaseView>;
export type ProductView = ReturnType<typeof productView>;

/** Returns the entitlements that give the customer access now, each once, with the latest end. */
export function activeEntitlements(world: World, customerId: string): List<ActiveEntitlementView> {
  const { subscriptions, purchases } = ownedBy(world, customerId);
  const ends = new Map<string, number | null>();
  const add = (ids: readonly string[], end: number | null): void => {
    for (const id of ids) {
      const known = ends.get(id);
      ends.set(id, known === null || end === null ? null : Math.max(known ?? end, end));
    }
  };
  for (const row of subscriptions.filter(givesAccess)) {
    add(row.entitlement_ids, row.grace_ends_at ?? row.current_period_ends_at);
  }
  for (const row of purchases) if (row.status === 'owned') add(row.entitlement_ids, null);
  const items = [...ends].map(([entitlement_id, expires_at]) => ({
    object: 'customer.active_entitlement' as const,
    entitlement_id,
    expires_at,
  }));
  return wholeList(items, `${customerPath(world, customerId)}/active_entitlements`);
}

function entitlementList(world: World, ids: readonly string[], path: string): List<EntitlementView> {
  const items = ids.flatMap((id) => {
    const row = world.store.entitlements.get(id);
    if (row === undefined) return [];
    return { object: 'entitlement' as const, project_id: world.projectId, ...row, state: 'active' as const };
  });
  return wholeList(items, `${path}/entitlements`);
}

function managementUrl({ store, store_product_id: product }: Subscription): string | null {
  if (store === 'app_store' || store === 'mac_app_store')
    return 'https://apps.apple.com/account/subscriptions';
  if (store !== 'play_store') return null;
  return `https://play.google.com/store/account/subscriptions?sku=${encodeURIComponent(product)}`;
}
