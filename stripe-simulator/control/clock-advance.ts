/** Advances the simulator's own clock and runs the work that falls due on the way, in order. */
import { invalidRequest } from '../protocol/stripe-error.ts';
import { parseJsonObject } from './json-body.ts';
import type { Simulation } from './simulation.ts';

/** Stripe's test clocks advance at most two years at a time. */
const MAX_ADVANCE_SECONDS = 2 * 366 * 24 * 3600;

export function advanceOwnClock(context: Simulation, body: string): object {
  const { seconds, to } = parseJsonObject(body);
  const now = context.world.ownSeconds();
  const distance = typeof to === 'number' && seconds === undefined ? to - now : seconds;
  if (typeof distance !== 'number' || !Number.isSafeInteger(distance) || distance <= 0) {
    throw invalidRequest({
      message: 'Send {"seconds": N} or {"to": UNIX_SECONDS} with a time in the future.',
    });
  }
  if (distance > MAX_ADVANCE_SECONDS)
    throw invalidRequest({ message: 'The clock can advance at most two years at a time.' });
  context.clock.advance(distance);
  const actions = context.due.run();
  return { now: context.world.ownSeconds(), actions, next_due: context.due.nextAt() ?? null };
}
