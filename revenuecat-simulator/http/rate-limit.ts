/** RevenueCat's rate limit: requests per key and minute of the simulator's clock. */
import { RevenueCatError } from '../protocol/errors.ts';

const MINUTE_MS = 60_000;

export class RateLimit {
  readonly #limit: number;
  readonly #unlimited: ReadonlySet<string>;
  readonly #nowMs: () => number;
  readonly #usage = new Map<string, number>();
  #minute = Number.NaN;

  /** No limit applies to the keys of `unlimited`. */
  constructor(limit: number, nowMs: () => number, unlimited: readonly string[] = []) {
    this.#limit = limit;
    this.#unlimited = new Set(unlimited);
    this.#nowMs = nowMs;
  }

  /** Counts a request. */
  count(key: string): void {
    const minute = Math.floor(this.#nowMs() / MINUTE_MS);
    if (minute !== this.#minute) {
      this.#minute = minute;
      this.#usage.clear();
    }
    this.#usage.set(key, (this.#usage.get(key) ?? 0) + 1);
  }

  /** Throws if this minute has no more requests for the key. */
  check(key: string): void {
    if ((this.#usage.get(key) ?? 0) <= this.#limit || this.#unlimited.has(key)) return;
    throw tooManyRequests(MINUTE_MS - (this.#nowMs() % MINUTE_MS));
  }

  headers(key: string): Readonly<Record<string, string>> {
    const usage = Math.min(this.#usage.get(key) ?? 0, this.#limit);
    return {
      'RevenueCat-Rate-Limit-Current-Usage': String(usage),
      'RevenueCat-Rate-Limit-Current-Limit': String(this.#limit),
    };
  }
}

export function tooManyRequests(backoffMs: number): RevenueCatError {
  return new RevenueCatError(429, 'The rate limit of the API key is exceeded.', { backoffMs });
}
