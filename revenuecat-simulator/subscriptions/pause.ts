/** Pauses of the Play Store: the subscription pauses at the end of its period, and resumes later. */
import { publishSubscription } from '../events/event-body.ts';
import type { Subscription } from '../model/subscription.ts';
import { impossible } from '../protocol/errors.ts';
import { DAY_MS } from '../time/periods.ts';
import type { World } from '../world/world.ts';
import { change, subscriptionIn } from './lookup.ts';
import { startPeriodNow } from './renewal.ts';

/** Schedules the pause. `days` is its length; without it, the subscription stays paused until it is resumed. */
export function pause(world: World, id: string, days?: number): Subscription {
  const row = subscriptionIn(world, id, { statuses: ['active'], action: 'pause' });
  if (row.store !== 'play_store') throw impossible('Only subscriptions of the Play Store can pause.');
  if (row.auto_renewal_status !== 'will_renew')
    throw impossible(`${id} does not renew as usual, so it cannot pause.`);
  const end = row.current_period_ends_at ?? world.nowMs();
  const resumesAt = days === undefined ? null : end + days * DAY_MS;
  const pausing = change(world, row, { auto_renewal_status: 'will_pause', resumes_at: resumesAt });
  publishSubscription(world, pausing, { type: 'SUBSCRIPTION_PAUSED', auto_resume_at_ms: resumesAt });
  return pausing;
}

/** The period ends, and the pause begins. */
export function beginPause(world: World, row: Subscription): Subscription {
  const paused = change(world, row, { status: 'paused' });
  publishSubscription(world, paused, { type: 'EXPIRATION', expiration_reason: 'SUBSCRIPTION_PAUSED' });
  // The API shows the time of the resumption as the end of the period, and null for a pause without an end.
  return change(world, paused, { current_period_ends_at: row.resumes_at });
}

/** Ends the pause and charges a period, or drops a pause that has not begun. */
export function resume(world: World, id: string): Subscription {
  const row = subscriptionIn(world, id, { statuses: ['active', 'paused'], action: 'resume' });
  if (row.status === 'paused') return startPeriodNow(world, row);
  if (row.auto_renewal_status !== 'will_pause') throw impossible(`${id} neither is paused nor will pause.`);
  return change(world, row, { auto_renewal_status: 'will_renew', resumes_at: null });
}
