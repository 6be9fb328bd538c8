/** The system clock. */
import type { Clock } from '../../core/system/clock.ts';
import type { Timing } from '../../core/system/deadline.ts';
import { runWithin } from './deadline.ts';

const machine: Timing = {
  nowMs: () => Date.now(),
  after: (ms, action) => {
    const timer = setTimeout(action, ms);
    return () => clearTimeout(timer);
  },
};

export function createClock(timing: Timing): Clock {
  return {
    nowMs: timing.nowMs,
    nowIso: () => new Date(timing.nowMs()).toISOString(),
    sleep: (ms) =>
      new Promise((resolve) => {
        timing.after(ms, resolve);
      }),
    within: (ms, work) => runWithin(timing, ms, work),
  };
}

export const systemClock = createClock(machine);
