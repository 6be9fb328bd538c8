/** Builds the events that webhooks carry. */
import { lookupKeysOf } from '../catalog/catalog.ts';
import { aliasIdsOf } from '../customers/customers.ts';
import type { Customer } from '../model/customer.ts';
import type { EventBody } from '../model/event.ts';
import type { Purchase } from '../model/purchase.ts';
import type { Subscription } from '../model/subscription.ts';
import type { World } from '../world/world.ts';

type Extra = Readonly<Record<string, unknown>>;

/** Publishes an event about a subscription. RevenueCat knows none whose customer was deleted, so that has no event. */
export function publishSubscription(
  world: World,
  row: Subscription,
  { type, ...extra }: Extra & { readonly type: string },
): void {
  const customer = customerOf(world, row.customer_id);
  if (customer === undefined) return;
  publishEvent(world, type, {
    ...customerFields(customer),
    product_id: row.store_product_id,
    period_type: row.period_type,
    purchased_at_ms: row.current_period_starts_at,
    expiration_at_ms: row.grace_ends_at ?? row.current_period_ends_at,
    ...storeFields(world, row),
    transaction_id: row.transaction_id,
    original_transaction_id: row.store_subscription_identifier,
    ...priceFields(world, row.product_id),
    ...extra,
  });
}

/** Publishes an event about a one-time purchase. */
export function publishPurchase(
  world: World,
  row: Purchase,
  { type, ...extra }: Extra & { readonly type: string },
): void {
  const customer = customerOf(world, row.customer_id);
  if (customer === undefined) return;
  publishEvent(world, type, {
    ...customerFields(customer),
    product_id: row.store_product_id,
    period_type: 'NORMAL',
    purchased_at_ms: row.purchased_at,
    expiration_at_ms: null,
    ...storeFields(world, row),
    transaction_id: row.store_purchase_identifier,
    original_transaction_id: row.store_purchase_identifier,
    ...priceFields(world, row.product_id),
    ...extra,
  });
}

/** Publishes an event with exactly these fields, its id, its time and the app. */
export function publishEvent(world: World, type: string, fields: Extra): EventBody {
  const body: EventBody = {
    type,
    id: world.ids.nextEvent(),
    app_id: world.appId,
    event_timestamp_ms: world.nowMs(),
    ...fields,
  };
  world.publish({ id: body.id, body });
  return body;
}

export function customerFields(customer: Customer): Extra {
  return {
    app_user_id: customer.last_app_user_id,
    original_app_user_id: customer.original_app_user_id,
    aliases: aliasIdsOf(customer),
    subscriber_attributes: {},
  };
}

/** Returns the name of a store as webhooks write it. */
export function webhookStore(store: string): string {
  return store.toUpperCase();
}

function storeFields(world: World, row: Subscription | Purchase): Extra {
  return {
    environment: row.environment.toUpperCase(),
    store: webhookStore(row.store),
    entitlement_id: null,
    entitlement_ids: lookupKeysOf(world, row.entitlement_ids),
    is_family_share: row.ownership === 'family_shared',
    country_code: row.country,
    presented_offering_id: null,
    offer_code: null,
  };
}

function priceFields(world: World, productId: string | null): Extra {
  const price = productId === null ? 0 : (world.store.products.get(productId)?.price ?? 0);
  return { currency: 'USD', price, price_in_purchased_currency: price };
}

function customerOf(world: World, id: string | null): Customer | undefined {
  return id === null ? undefined : world.store.customers.get(id);
}
