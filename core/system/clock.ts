/** Time and chance as ports, so that a simulation can own them. */

export interface Clock {
  /** Unix milliseconds by this machine's clock. Never used to order what Stripe did. */
  nowMs(): number;
  /** The same moment in ISO 8601, UTC. */
  nowIso(): string;
  sleep(ms: number): Promise<void>;
  /** Rejects with a `Fault` of code `time_limit` if `work` has not settled within `ms`. The work itself goes on. */
  within<T>(ms: number, work: Promise<T>): Promise<T>;
}

/** A number in [0, 1). */
export type Random = () => number;

export function nowSeconds(clock: Pick<Clock, 'nowMs'>): number {
  return Math.floor(clock.nowMs() / 1000);
}
