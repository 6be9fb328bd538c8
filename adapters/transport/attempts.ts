/** Repeats a request that may succeed later: a limited number of times, within a time limit, with waits that differ. */

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
}

export interface Done<T> {
  readonly result: T;
}

/** No wait is longer. */
const MAX_WAIT_MS = 5_000;

/** Makes attempts until one is done. `attempt` gets the time that is left for it. */
export async function repeat<T>(
  { timeoutMs, maxAttempts, totalMs = timeoutMs * maxAttempts }: AttemptLimits,
  attempt: (timeoutMs: number) => Promise<Done<T> | Repeatable<T>>,
): Promise<T> {
  const untilMs = performance.now() + totalMs;
  for (let tries = 1; ; tries += 1) {
    const leftMs = untilMs - performance.now();
    const outcome = await attempt(Math.max(1, Math.min(timeoutMs, leftMs)));
    if ('result' in outcome) return outcome.result;
    if (tries >= maxAttempts) return outcome.end();
    const waitMs = waitBefore(outcome, tries);
    if (performance.now() + waitMs >= untilMs) return outcome.end();
    await wait(waitMs);
  }
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
