/** Changes to another product, and extensions of the current period. */
import { subscriptionProduct } from '../catalog/catalog.ts';
import { publishSubscription } from '../events/event-body.ts';
import type { Subscription } from '../model/subscription.ts';
import { impossible, invalidParameter } from '../protocol/errors.ts';
import { DAY_MS } from '../time/periods.ts';
import type { World } from '../world/world.ts';
import { change, subscriptionIn } from './lookup.ts';
import { startPeriodNow } from './renewal.ts';

export interface ProductChange {
  readonly product: string;
  /** Changes with the next period, as a downgrade does, instead of now. */
  readonly atRenewal?: boolean;
}

export function changeProduct(
  world: World,
  id: string,
  { product: name, atRenewal = false }: ProductChange,
): Subscription {
  const row = subscriptionIn(world, id, { statuses: ['trialing', 'active'], action: 'change its product' });
  const product = subscriptionProduct(world, name);
  if (product.id === row.product_id)
    throw invalidParameter('product', `${name} is the product of ${id} already.`);
  if (row.auto_renewal_status === 'will_not_renew' && atRenewal) {
    throw impossible(`${id} does not renew, so its product cannot change with the next period.`);
  }
  const changing = change(world, row, {
    next_product_id: product.id,
    ...(atRenewal ? { auto_renewal_status: 'will_change_product' as const } : {}),
  });
  publishSubscription(world, changing, { type: 'PRODUCT_CHANGE', new_product_id: product.store_identifier });
  return atRenewal ? changing : startPeriodNow(world, changing);
}

/** The store or the developer moves the end of the period, for example as a compensation. */
export function extend(world: World, id: string, days: number): Subscription {
  const row = subscriptionIn(world, id, { statuses: ['trialing', 'active'], action: 'be extended' });
  const end = (row.current_period_ends_at ?? world.nowMs()) + days * DAY_MS;
  const extended = change(world, row, {
    current_period_ends_at: end,
    period_anchor: end,
    period_index: 0,
    resumes_at: row.resumes_at === null ? null : row.resumes_at + days * DAY_MS,
  });
  publishSubscription(world, extended, { type: 'SUBSCRIPTION_EXTENDED' });
  return extended;
}
