/** The context of every operation: the records, the clock, the ids and the event publisher. */
import type { EventRecord, RequestOrigin } from '../model/event.ts';
import type { AccountState } from '../store/account-state.ts';
import type { Ids } from '../store/ids.ts';
import type { Store } from '../store/store.ts';

export const DEFAULT_API_VERSION = '2026-10-28.endive';

export interface World {
  readonly store: Store;
  readonly ids: Ids;
  /** The API version of the account, for requests and endpoints that name none. */
  readonly apiVersion: string;
  /** The current Unix second for the records at hand: from the simulator's clock or from their test clock. */
  readonly seconds: () => number;
  /** The current Unix second of the simulator's own clock. */
  readonly ownSeconds: () => number;
  readonly dunning: Dunning;
  readonly account: AccountState;
  /** Seconds until search finds a new record. */
  readonly searchLagSeconds: number;
  /** Whether something stands in for the event bus, so that event sources are associated with it. */
  readonly hasEventBus: boolean;
  /** The base URL of the hosted pages. */
  readonly baseUrl: () => string;
  /** The request that causes the current change; null when Stripe acts on its own. */
  readonly origin: RequestOrigin | null;
  readonly publish: (event: EventRecord) => void;
}

/** How failed renewal payments are retried, and the status of the subscription after the last retry. */
export interface Dunning {
  readonly retryDelaysSeconds: readonly number[];
  readonly afterLastRetry: 'canceled' | 'unpaid' | 'past_due';
}
