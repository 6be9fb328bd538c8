/** Grants an entitlement by hand, which RevenueCat keeps as a promotional subscription. */
import { findEntitlement } from '../catalog/catalog.ts';
import { getCustomer } from '../customers/customers.ts';
import { publishSubscription } from '../events/event-body.ts';
import type { Subscription } from '../model/subscription.ts';
import { missing } from '../protocol/errors.ts';
import { DAY_MS } from '../time/periods.ts';
import type { World } from '../world/world.ts';
import { nothingScheduled } from './purchase.ts';
import { firstTransaction } from './transactions.ts';

export interface Grant {
  readonly customerId: string;
  /** The lookup key, such as `pro`. */
  readonly entitlement: string;
  /** Without it, the grant has no end. */
  readonly days?: number;
}

export function grantEntitlement(world: World, { customerId, entitlement: key, days }: Grant): Subscription {
  const customer = getCustomer(world, customerId);
  const entitlement = findEntitlement(world, key);
  if (entitlement === undefined) throw missing('entitlement', key);
  const now = world.nowMs();
  const identifier = firstTransaction(world, 'promotional');
  const row = world.store.subscriptions.put({
    id: world.ids.next('sub'),
    customer_id: customer.id,
    original_customer_id: customer.id,
    product_id: null,
    store_product_id: `rc_promo_${key}_${days === undefined ? 'lifetime' : 'custom'}`,
    entitlement_ids: [entitlement.id],
    starts_at: now,
    current_period_starts_at: now,
    current_period_ends_at: days === undefined ? null : now + days * DAY_MS,
    status: 'active',
    auto_renewal_status: 'will_not_renew',
    period_type: 'PROMOTIONAL',
    store: 'promotional',
    store_subscription_identifier: identifier,
    transaction_id: identifier,
    ownership: 'purchased',
    environment: 'production',
    country: customer.country,
    period_anchor: now,
    period_index: 0,
    ...nothingScheduled,
    cancel_reason: null,
  });
  publishSubscription(world, row, { type: 'NON_RENEWING_PURCHASE' });
  return row;
}
