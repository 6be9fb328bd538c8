/** What every operation works on: the records, the clock, the ids, and the way events leave. */
import type { EventRecord, RequestOrigin } from '../model/event.ts';
import type { Ids } from '../store/ids.ts';
import type { Store } from '../store/store.ts';

export const DEFAULT_API_VERSION = '2026-10-28.endive';

export interface World {
  readonly store: Store;
  readonly ids: Ids;
  /** Unix seconds where the records at hand live: the simulator's clock, or the time of a test clock. */
  readonly seconds: () => number;
  /** Unix seconds of the simulator's own clock. */
  readonly ownSeconds: () => number;
  readonly dunning: Dunning;
  /** Where the simulator's own pages live. */
  readonly baseUrl: () => string;
  /** The request that causes what happens now; null when Stripe acts by itself. */
  readonly origin: RequestOrigin | null;
  readonly publish: (event: EventRecord) => void;
}

/** How failed payments of renewals are repeated, and what becomes of the subscription after the last one. */
export interface Dunning {
  readonly retryDelaysSeconds: readonly number[];
  readonly afterLastRetry: 'canceled' | 'unpaid' | 'past_due';
}
