/** Renders the plan, the predecessor of recurring prices that subscription items still contain. */
import type { Price } from '../model/catalog.ts';
import { child, type Json, type JsonObject } from './json.ts';

/** Returns the plan of a recurring price, or null for other prices. */
export function planOf(price: JsonObject | undefined): Json {
  const recurring = child(price?.['recurring']);
  if (price === undefined || recurring === undefined) return null;
  return {
    id: price['id'] ?? null,
    object: 'plan',
    active: price['active'] ?? null,
    amount: price['unit_amount'] ?? null,
    amount_decimal: price['unit_amount_decimal'] ?? null,
    billing_scheme: price['billing_scheme'] ?? null,
    created: price['created'] ?? null,
    currency: price['currency'] ?? null,
    interval: recurring['interval'] ?? null,
    interval_count: recurring['interval_count'] ?? null,
    livemode: false,
    metadata: price['metadata'] ?? {},
    meter: recurring['meter'] ?? null,
    nickname: price['nickname'] ?? null,
    product: price['product'] ?? null,
    tiers_mode: price['tiers_mode'] ?? null,
    transform_usage: price['transform_quantity'] ?? null,
    trial_period_days: recurring['trial_period_days'] ?? null,
    usage_type: recurring['usage_type'] ?? null,
  };
}

/** Returns the plan of a price that is known to recur. */
export function planOfPrice(price: Price): object {
  const plan = planOf(price as unknown as JsonObject);
  if (plan === null || typeof plan !== 'object') throw new Error(`The price ${price.id} is not recurring.`);
  return plan;
}
