/** The ports for time and randomness, so that a simulation can control both. */

export interface Clock {
  /** Unix milliseconds by this machine's clock. It never orders Stripe's changes. */
  nowMs(): number;
  /** The same moment in ISO 8601, UTC. */
  nowIso(): string;
  sleep(ms: number): Promise<void>;
  /**
   * Starts `work`, and rejects with a `time_limit` fault if it has not settled within `ms`. Work that was given up, and
   * whatever settled work has left running, sends nothing more: every further call to another system rejects, also in a
   * process that was frozen in between.
   */
  within<T>(ms: number, work: () => Promise<T>): Promise<T>;
}

/** Returns a number in [0, 1). */
export type Random = () => number;

export function nowSeconds(clock: Pick<Clock, 'nowMs'>): number {
  return Math.floor(clock.nowMs() / 1000);
}
