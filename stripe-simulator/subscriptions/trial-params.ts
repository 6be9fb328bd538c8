/** The end of a trial that a request asks for, and what Stripe refuses about it. */
import type { Params } from '../protocol/params.ts';
import { invalidParameter, invalidRequest } from '../protocol/stripe-error.ts';
import type { World } from '../world/world.ts';

const MAX_TRIAL_DAYS = 730;
const FIVE_YEARS_SECONDS = 5 * 365.25 * 24 * 3600;

/** Returns `trial_end` in Unix seconds, or undefined without one and for `now`. */
export function trialEndIn(world: World, params: Params): number | undefined {
  if (params.string('trial_end') === 'now') return undefined;
  const end = params.integer('trial_end');
  if (end === undefined) return undefined;
  const param = params.nameOf('trial_end');
  if (end <= world.seconds()) {
    const message = 'Invalid timestamp: must be an integer Unix timestamp in the future.';
    throw invalidRequest({ message, param });
  }
  if (end > world.seconds() + FIVE_YEARS_SECONDS) {
    throw invalidRequest({
      message: 'Invalid timestamp: can be no more than five years in the future.',
      param,
    });
  }
  return end;
}

/** Returns `trial_period_days`, or throws if there is a `trial_end` too. */
export function trialDaysIn(params: Params): number | undefined {
  const days = params.integer('trial_period_days');
  if (days === undefined) return undefined;
  const param = params.nameOf('trial_period_days');
  if (params.has('trial_end')) {
    const message = `You may only specify one of these parameters: ${params.nameOf('trial_end')}, ${param}.`;
    throw invalidParameter({ message, param });
  }
  if (days > MAX_TRIAL_DAYS) {
    const message = `The maximum number of trial period days is ${MAX_TRIAL_DAYS} (2 years).`;
    throw invalidParameter({ message, param });
  }
  return days;
}
