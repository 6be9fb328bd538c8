/** Spreads calls over time, so that a long run leaves most of a limit to others. */
import type { Clock } from '../../core/system/clock.ts';

/** Each call has a moment of its own, `1 / perSecond` after the one before it. */
export function createPace(perSecond: number, clock: Pick<Clock, 'nowMs' | 'sleep'>): () => Promise<void> {
  const stepMs = 1_000 / perSecond;
  let nextMs = 0;
  return async () => {
    const nowMs = clock.nowMs();
    const turnMs = Math.max(nowMs, nextMs);
    nextMs = turnMs + stepMs;
    if (turnMs > nowMs) await clock.sleep(turnMs - nowMs);
  };
}
