/** Ends a subscription, and with it the access. */
import { publishSubscription } from '../events/event-body.ts';
import type { Subscription } from '../model/subscription.ts';
import type { EndReason } from '../model/values.ts';
import { impossible } from '../protocol/errors.ts';
import type { World } from '../world/world.ts';
import { change, getSubscription } from './lookup.ts';
import { nothingScheduled } from './purchase.ts';

/** Ends the access now. `EXPIRATION` is sent only if there was access until now. */
export function endAccess(world: World, row: Subscription, reason: EndReason): Subscription {
  const hadAccess = row.status !== 'in_billing_retry' && row.status !== 'paused';
  const expired = change(world, row, {
    ...nothingScheduled,
    status: 'expired',
    auto_renewal_status: 'will_not_renew',
    current_period_ends_at: endOf(world, row),
    cancel_reason: reason,
  });
  if (hadAccess) publishSubscription(world, expired, { type: 'EXPIRATION', expiration_reason: reason });
  return expired;
}

function endOf(world: World, row: Subscription): number {
  return Math.min(row.current_period_ends_at ?? Number.POSITIVE_INFINITY, world.nowMs());
}

/** Ends a subscription before its period ends. */
export function expire(world: World, id: string, reason?: EndReason): Subscription {
  const row = getSubscription(world, id);
  if (row.status === 'expired') throw impossible(`${id} has expired already.`);
  return endAccess(world, row, reason ?? row.cancel_reason ?? 'UNSUBSCRIBE');
}
