/** Spreads calls over time, so that a long run leaves most of a limit to others. */
import type { Clock } from '../../core/system/clock.ts';

export interface Pace {
  /** Resolves when the next call may be made. */
  waitForTurn(): Promise<void>;
  /** No call has its turn before so much time has passed: the limit is reached, whoever used it up. */
  backOff(ms: number): void;
}

/** Each call has a moment of its own, `1 / perSecond` after the one before it. */
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
