/** What falls due for a subscription, and when. */
import type { Subscription } from '../model/subscription.ts';
import type { World } from '../world/world.ts';
import { endGrace, failRenewal } from './billing-issue.ts';
import { endAccess } from './expiration.ts';
import { beginPause } from './pause.ts';
import { startNextPeriod, startPeriodNow } from './renewal.ts';

/** Returns the millisecond at which the subscription changes by itself, or undefined if it does not. */
export function dueAt(row: Subscription): number | undefined {
  switch (row.status) {
    case 'trialing':
    case 'active':
      return row.current_period_ends_at ?? undefined;
    case 'in_grace_period':
      return row.grace_ends_at ?? undefined;
    case 'in_billing_retry':
      return row.retry_ends_at ?? undefined;
    case 'paused':
      return row.resumes_at ?? undefined;
    case 'expired':
    case 'unknown':
    case 'incomplete':
      return undefined;
    default:
      return row.status satisfies never;
  }
}

/** Does what is due at the world's time. */
export function performDue(world: World, row: Subscription): void {
  if (row.status === 'in_grace_period') endGrace(world, row);
  else if (row.status === 'in_billing_retry') endAccess(world, row, 'BILLING_ERROR');
  else if (row.status === 'paused') startPeriodNow(world, row);
  else endPeriod(world, row);
}

function endPeriod(world: World, row: Subscription): void {
  if (row.auto_renewal_status === 'will_not_renew') {
    endAccess(world, row, row.cancel_reason ?? 'UNSUBSCRIBE');
  } else if (row.auto_renewal_status === 'will_pause') beginPause(world, row);
  else if (row.failing_grace_days === null) startNextPeriod(world, row);
  else failRenewal(world, row, row.failing_grace_days);
}
