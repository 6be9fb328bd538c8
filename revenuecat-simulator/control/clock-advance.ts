/** Advances the clock and runs what falls due on the way, in order. */
import { RevenueCatError } from '../protocol/errors.ts';
import type { Fields } from '../protocol/fields.ts';
import type { Simulation } from './simulation.ts';

const MAX_ADVANCE_SECONDS = 2 * 366 * 24 * 3600;
const MAX_TIME_MS = 8_640_000_000_000_000;

export function advanceClock({ advance, due, world }: Simulation, fields: Fields): object {
  const to = fields.number('to_ms', { min: 0, max: MAX_TIME_MS });
  const seconds = fields.number('seconds', { min: 0, max: MAX_TIME_MS });
  const distance = to === undefined ? seconds : (to - world.nowMs()) / 1000;
  if (distance === undefined || distance <= 0 || (to !== undefined && seconds !== undefined)) {
    throw new RevenueCatError(400, 'Send {"seconds": N} or {"to_ms": UNIX_MS} with a time in the future.');
  }
  const events = advanceChecked(advance, distance);
  return { now_ms: world.nowMs(), events, next_due_ms: due.nextAt() ?? null };
}

/** Advances by a number of seconds that is checked first. */
export function advanceChecked(advance: (seconds: number) => number, seconds: number): number {
  if (!Number.isFinite(seconds) || seconds < 0) {
    throw new RevenueCatError(
      400,
      'The clock only moves forward: send a number of seconds that is not negative.',
    );
  }
  if (seconds > MAX_ADVANCE_SECONDS) {
    throw new RevenueCatError(400, 'The clock can advance at most two years at a time.');
  }
  return advance(seconds);
}
