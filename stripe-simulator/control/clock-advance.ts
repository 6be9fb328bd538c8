/** Moves the simulator's own clock ahead; everything that falls due on the way happens in order. */
import { invalidRequest } from '../protocol/stripe-error.ts';
import { parseObject } from './json-body.ts';
import type { Simulation } from './simulation.ts';

/** Stripe's own test clocks go two years at a time. */
const MAX_ADVANCE_SECONDS = 2 * 366 * 24 * 3600;

export function advanceOwnClock(context: Simulation, body: string): object {
  const { seconds, to } = parseObject(body);
  const now = context.world.ownSeconds();
  const distance = typeof to === 'number' && seconds === undefined ? to - now : seconds;
  if (typeof distance !== 'number' || !Number.isSafeInteger(distance) || distance <= 0) {
    throw invalidRequest({ message: 'Give {"seconds": N} or {"to": UNIX_SECONDS}, ahead of now.' });
  }
  if (distance > MAX_ADVANCE_SECONDS)
    throw invalidRequest({ message: 'Advance two years at most at a time.' });
  context.clock.advance(distance);
  const happened = context.due.run();
  return { now: context.world.ownSeconds(), happened, next_due: context.due.nextAt() ?? null };
}
