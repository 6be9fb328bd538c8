/** Charges the next period. */
import { subscriptionProduct } from '../catalog/catalog.ts';
import { publishSubscription } from '../events/event-body.ts';
import type { Subscription } from '../model/subscription.ts';
import { impossible } from '../protocol/errors.ts';
import { addPeriods } from '../time/periods.ts';
import type { World } from '../world/world.ts';
import { change, getSubscription, productOf } from './lookup.ts';
import { nothingScheduled } from './purchase.ts';
import { renewalTransaction } from './transactions.ts';

/** Starts the period that follows the current one, without a gap. */
export function startNextPeriod(world: World, row: Subscription): Subscription {
  const start = row.current_period_ends_at ?? world.nowMs();
  const changes = row.next_product_id !== null && row.next_product_id !== row.product_id;
  const counted = changes ? { ...row, period_anchor: start, period_index: 0 } : row;
  return startPeriod(world, counted, start);
}

/** Starts a period now, from which the following ones are counted. */
export function startPeriodNow(world: World, row: Subscription): Subscription {
  const now = world.nowMs();
  return startPeriod(world, { ...row, period_anchor: now, period_index: 0 }, now);
}

function startPeriod(world: World, row: Subscription, start: number): Subscription {
  const product =
    row.next_product_id === null ? productOf(world, row) : subscriptionProduct(world, row.next_product_id);
  const wasTrial = row.period_type === 'TRIAL';
  const index = row.period_index + 1;
  const renewed = change(world, row, {
    ...nothingScheduled,
    product_id: product.id,
    store_product_id: product.store_identifier,
    entitlement_ids: product.entitlement_ids,
    current_period_starts_at: start,
    current_period_ends_at: addPeriods(row.period_anchor, product.duration, index),
    status: 'active',
    auto_renewal_status: 'will_renew',
    period_type: 'NORMAL',
    transaction_id: renewalTransaction(world, row),
    period_index: index,
    cancel_reason: null,
  });
  publishSubscription(world, renewed, { type: 'RENEWAL', is_trial_conversion: wasTrial });
  return renewed;
}

/** Ends the current period and charges the next one now. An expired subscription starts again. */
export function renew(world: World, id: string): Subscription {
  const row = getSubscription(world, id);
  if (row.store === 'promotional') throw impossible(`${id} was granted by hand, so no store renews it.`);
  if (row.status !== 'expired' && row.auto_renewal_status === 'will_not_renew') {
    throw impossible(`${id} does not renew, because it was canceled. Uncancel it first, or let it expire.`);
  }
  return startPeriodNow(world, row);
}
