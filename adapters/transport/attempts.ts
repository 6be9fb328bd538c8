/** Repeats a request that may succeed later: a limited number of times, within a time limit, with waits that differ. */
import { repetitions } from '../system/deadline.ts';

export interface AttemptLimits {
  /** The time limit of one attempt. */
  readonly timeoutMs: number;
  readonly maxAttempts: number;
  /** The time limit of the whole call. Default: that of all its attempts. */
  readonly totalMs?: number;
}

/** What an attempt ended with that may be repeated. */
export interface Repeatable<T> {
  /** Returns or throws what the call ends with if it is not repeated. */
  readonly end: () => T;
  /** The greatest wait before the first repetition, which doubles with each further one. */
  readonly waitMs: number;
  /** The server asks for a wait of at least this length. */
  readonly atLeastMs?: number;
  /** Whether someone else counts such attempts, so that they are none of the limit's. */
  readonly isCounted?: true;
}

export interface Done<T> {
  readonly result: T;
}

/** Returns the milliseconds that are left for an attempt, with everything that it sends. */
export type TimeLeft = () => number;

/** No wait is longer. */
const MAX_WAIT_MS = 5_000;

/** Makes attempts until one is done. All attempts of an invocation share its budget of repetitions. */
export async function repeat<T>(
  { timeoutMs, maxAttempts, totalMs = timeoutMs * maxAttempts }: AttemptLimits,
  attempt: (left: TimeLeft) => Promise<Done<T> | Repeatable<T>>,
): Promise<T> {
  const untilMs = performance.now() + totalMs;
  const budget = repetitions();
  let counted = 0;
  for (let tries = 1; ; tries += 1) {
    const outcome = await attempt(timeLeft(Math.min(timeoutMs, untilMs - performance.now())));
    if ('result' in outcome) {
      if (tries === 1) budget?.add();
      return outcome.result;
    }
    if (outcome.isCounted !== true) counted += 1;
    const waitMs = waitBefore(outcome, tries);
    const isOver = counted >= maxAttempts || performance.now() + waitMs >= untilMs;
    if (isOver || budget?.take() === false) return outcome.end();
    await wait(waitMs);
  }
}

/** Counts down from now. Something is always left, so that what was sent late fails as any other. */
export function timeLeft(ms: number): TimeLeft {
  const untilMs = performance.now() + ms;
  return () => Math.max(1, untilMs - performance.now());
}

/** Returns a wait with full jitter, so that those who failed together do not return together. */
export function waitBefore(
  { waitMs, atLeastMs = 0 }: Omit<Repeatable<unknown>, 'end'>,
  tries: number,
): number {
  return atLeastMs + Math.random() * Math.min(MAX_WAIT_MS, waitMs * 2 ** (tries - 1));
}

export function wait(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
