/** Stripe's rate limits per second: in total and per endpoint. */
import { rateLimitError } from './fault.ts';

const totalLimits = { live: 100, test: 25 } as const;
const ENDPOINT_LIMIT = 25;
const SEARCH_LIMIT = 20;

export class RateLimits {
  readonly #total: number;
  readonly #nowMs: () => number;
  readonly #counts = new Map<string, number>();
  #second = 0;

  constructor(mode: keyof typeof totalLimits, nowMs: () => number) {
    this.#total = totalLimits[mode];
    this.#nowMs = nowMs;
  }

  /** Counts a request and throws when it exceeds a limit of the current second. */
  check(method: string, path: string): void {
    const second = Math.floor(this.#nowMs() / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#counts.clear();
    }
    const endpoint = `${method} ${path.replaceAll(/\/[a-z]+_\w+/g, '/:id')}`;
    const limit = path.endsWith('/search') ? SEARCH_LIMIT : ENDPOINT_LIMIT;
    if (this.#count('all') > this.#total) throw rateLimitError('global-rate');
    if (this.#count(endpoint) > limit) throw rateLimitError('endpoint-rate');
  }

  #count(key: string): number {
    const count = (this.#counts.get(key) ?? 0) + 1;
    this.#counts.set(key, count);
    return count;
  }
}
