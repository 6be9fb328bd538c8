/** What an operation works with: the records, the ids, the time, and where events go. */
import type { EventRecord } from '../model/event.ts';
import type { Ids } from '../store/ids.ts';
import type { Store } from '../store/store.ts';

export interface World {
  readonly projectId: string;
  /** The one app of the project. */
  readonly appId: string;
  readonly store: Store;
  readonly ids: Ids;
  /** The time of the operation: the clock's, or when due work fell due. */
  readonly nowMs: () => number;
  readonly publish: (event: EventRecord) => void;
}
