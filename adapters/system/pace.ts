/** Spreads calls over time, so that a long run leaves most of a rate limit to others. */
import type { Clock } from '../../core/system/clock.ts';

export interface Pace {
  /** Resolves when the caller may make its call. */
  waitForTurn(): Promise<void>;
  /** Delays all later calls, because the rate limit is reached. */
  backOff(ms: number): void;
}

/** Creates a pace in which each call comes `1 / perSecond` seconds after the one before. */
export function createPace(perSecond: number, clock: Pick<Clock, 'nowMs' | 'sleep'>): Pace {
  const stepMs = 1_000 / perSecond;
  let nextMs = 0;
  return {
    waitForTurn: async () => {
      const nowMs = clock.nowMs();
      const turnMs = Math.max(nowMs, nextMs);
      nextMs = turnMs + stepMs;
      if (turnMs > nowMs) await clock.sleep(turnMs - nowMs);
    },
    backOff: (ms) => {
      nextMs = Math.max(nextMs, clock.nowMs() + ms);
    },
  };
}
