/** Buys a subscription in a store. */
import { subscriptionProduct } from '../catalog/catalog.ts';
import { openApp } from '../customers/customers.ts';
import { publishSubscription } from '../events/event-body.ts';
import type { Subscription } from '../model/subscription.ts';
import type { Environment, Store } from '../model/values.ts';
import { addPeriods, DAY_MS } from '../time/periods.ts';
import type { World } from '../world/world.ts';
import { firstTransaction } from './transactions.ts';

export interface PurchaseRequest {
  /** Any app user id of the customer, also an anonymous one. An unknown customer is created. */
  readonly customerId: string;
  /** The identifier of the store, such as `monthly_pro`. */
  readonly product: string;
  /** Default: app_store. */
  readonly store?: Exclude<Store, 'promotional'>;
  /** Default: production. */
  readonly environment?: Environment;
  /** Starts with a free trial. */
  readonly trialDays?: number;
  /** The purchase of a family member. */
  readonly familyShared?: boolean;
  readonly country?: string;
  /** The id in the store, such as the id of the subscription in Stripe. */
  readonly storeSubscriptionIdentifier?: string;
}

export function purchaseSubscription(world: World, request: PurchaseRequest): Subscription {
  const product = subscriptionProduct(world, request.product);
  const customer = openApp(world, request.customerId, request.country);
  const { store = 'app_store', trialDays = 0 } = request;
  const now = world.nowMs();
  const trialEnd = now + trialDays * DAY_MS;
  const isTrial = trialDays > 0;
  const identifier = request.storeSubscriptionIdentifier ?? firstTransaction(world, store);
  const row = world.store.subscriptions.put({
    id: world.ids.next('sub'),
    customer_id: customer.id,
    original_customer_id: customer.id,
    product_id: product.id,
    store_product_id: product.store_identifier,
    entitlement_ids: product.entitlement_ids,
    starts_at: now,
    current_period_starts_at: now,
    current_period_ends_at: isTrial ? trialEnd : addPeriods(now, product.duration, 1),
    status: isTrial ? 'trialing' : 'active',
    auto_renewal_status: 'will_renew',
    period_type: isTrial ? 'TRIAL' : 'NORMAL',
    store,
    store_subscription_identifier: identifier,
    transaction_id: identifier,
    ownership: request.familyShared === true ? 'family_shared' : 'purchased',
    environment: request.environment ?? 'production',
    country: customer.country,
    period_anchor: trialEnd,
    period_index: isTrial ? 0 : 1,
    ...nothingScheduled,
    cancel_reason: null,
  });
  publishSubscription(world, row, { type: 'INITIAL_PURCHASE' });
  return row;
}

export const nothingScheduled = {
  grace_ends_at: null,
  retry_ends_at: null,
  resumes_at: null,
  next_product_id: null,
  failing_grace_days: null,
} as const;
