/** The user turns the renewal off or on again, or gets a refund. */
import { publishSubscription } from '../events/event-body.ts';
import type { Subscription } from '../model/subscription.ts';
import type { EndReason, SubscriptionStatus } from '../model/values.ts';
import { impossible } from '../protocol/errors.ts';
import type { World } from '../world/world.ts';
import { endAccess } from './expiration.ts';
import { change, getSubscription, subscriptionIn } from './lookup.ts';

const living: readonly SubscriptionStatus[] = ['trialing', 'active', 'in_grace_period', 'in_billing_retry'];

/** Turns the renewal off. Access goes on until the period ends. */
export function cancel(world: World, id: string, reason: EndReason = 'UNSUBSCRIBE'): Subscription {
  const row = subscriptionIn(world, id, { statuses: living, action: 'cancel' });
  if (row.auto_renewal_status === 'will_not_renew') throw impossible(`${id} is canceled already.`);
  const canceled = change(world, row, {
    auto_renewal_status: 'will_not_renew',
    next_product_id: null,
    resumes_at: null,
    failing_grace_days: null,
    cancel_reason: reason,
  });
  publishSubscription(world, canceled, { type: 'CANCELLATION', cancel_reason: reason });
  return canceled;
}

/** Turns the renewal on again, before the period ends. */
export function uncancel(world: World, id: string): Subscription {
  const row = subscriptionIn(world, id, { statuses: living, action: 'uncancel' });
  if (row.auto_renewal_status !== 'will_not_renew') throw impossible(`${id} is not canceled.`);
  const renewing = change(world, row, { auto_renewal_status: 'will_renew', cancel_reason: null });
  publishSubscription(world, renewing, { type: 'UNCANCELLATION' });
  return renewing;
}

/** The store refunds the current period. The access ends at once. */
export function refund(world: World, id: string): Subscription {
  const row = getSubscription(world, id);
  if (row.store === 'promotional')
    throw impossible(`${id} was granted by hand, so there is nothing to refund.`);
  if (row.cancel_reason === 'CUSTOMER_SUPPORT') throw impossible(`${id} was refunded already.`);
  const now = world.nowMs();
  const end = Math.min(row.current_period_ends_at ?? now, now);
  const refunded = change(world, row, {
    auto_renewal_status: 'will_not_renew',
    cancel_reason: 'CUSTOMER_SUPPORT',
    current_period_ends_at: end,
    grace_ends_at: null,
  });
  publishSubscription(world, refunded, { type: 'CANCELLATION', cancel_reason: 'CUSTOMER_SUPPORT' });
  return row.status === 'expired' ? refunded : endAccess(world, refunded, 'CUSTOMER_SUPPORT');
}
