/** The store cannot charge the renewal: a grace period with access, then retries without. */
import { publishSubscription } from '../events/event-body.ts';
import type { Subscription } from '../model/subscription.ts';
import { impossible } from '../protocol/errors.ts';
import { DAY_MS } from '../time/periods.ts';
import type { World } from '../world/world.ts';
import { endAccess } from './expiration.ts';
import { change, subscriptionIn } from './lookup.ts';
import { startNextPeriod, startPeriodNow } from './renewal.ts';

/** Apple retries for 60 days. */
const RETRY_DAYS = 60;
const DEFAULT_GRACE_DAYS = 16;

export interface BillingIssueRequest {
  /** 0 for no grace period. Default: 16. */
  readonly graceDays?: number;
  /** The renewal at the end of the period fails, instead of one now. */
  readonly atRenewal?: boolean;
}

export function billingIssue(world: World, id: string, request: BillingIssueRequest = {}): Subscription {
  const { graceDays = DEFAULT_GRACE_DAYS, atRenewal = false } = request;
  const row = subscriptionIn(world, id, { statuses: ['trialing', 'active'], action: 'have a billing issue' });
  if (row.auto_renewal_status === 'will_not_renew') {
    throw impossible(`${id} does not renew, so its renewal cannot fail.`);
  }
  if (atRenewal) return change(world, row, { failing_grace_days: graceDays });
  const now = world.nowMs();
  const endsNow = { ...row, current_period_ends_at: now, period_anchor: now, period_index: 0 };
  return failRenewal(world, endsNow, graceDays);
}

/** The renewal at the end of the period has failed. */
export function failRenewal(world: World, row: Subscription, graceDays: number): Subscription {
  const end = row.current_period_ends_at ?? world.nowMs();
  const graceEndsAt = graceDays > 0 ? end + graceDays * DAY_MS : null;
  const failing = change(world, row, {
    status: 'in_grace_period',
    grace_ends_at: graceEndsAt,
    retry_ends_at: end + RETRY_DAYS * DAY_MS,
    failing_grace_days: null,
    cancel_reason: 'BILLING_ERROR',
  });
  const grace = { grace_period_expiration_at_ms: graceEndsAt };
  publishSubscription(world, failing, { type: 'BILLING_ISSUE', expiration_at_ms: end, ...grace });
  publishSubscription(world, failing, {
    type: 'CANCELLATION',
    cancel_reason: 'BILLING_ERROR',
    expiration_at_ms: end,
    ...grace,
  });
  return graceEndsAt === null ? endGrace(world, failing) : failing;
}

/** Ends the access, while the store goes on trying to charge. */
export function endGrace(world: World, row: Subscription): Subscription {
  if (row.auto_renewal_status === 'will_not_renew') return endAccess(world, row, 'BILLING_ERROR');
  publishSubscription(world, row, { type: 'EXPIRATION', expiration_reason: 'BILLING_ERROR' });
  return change(world, row, { status: 'in_billing_retry', grace_ends_at: null });
}

/** The charge succeeds at last. Within the grace period the billing date stays; after it, a period starts now. */
export function recover(world: World, id: string): Subscription {
  const row = subscriptionIn(world, id, {
    statuses: ['in_grace_period', 'in_billing_retry'],
    action: 'recover',
  });
  if (row.auto_renewal_status === 'will_not_renew') {
    throw impossible(`${id} was canceled, so the store charges it no more.`);
  }
  return row.status === 'in_grace_period' ? startNextPeriod(world, row) : startPeriodNow(world, row);
}
