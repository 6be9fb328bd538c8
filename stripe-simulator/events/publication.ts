/** Publishes events to the endpoints. The fault `second_id` publishes a second event for the same change. */
import type { Chaos } from '../chaos/chaos.ts';
import type { EventRecord } from '../model/event.ts';
import type { Ids } from '../store/ids.ts';
import type { Store } from '../store/store.ts';

export interface Publication {
  readonly store: Store;
  readonly ids: Ids;
  /** Sends the event to everyone who receives it. */
  readonly deliver: (event: EventRecord) => void;
  readonly chaos: Chaos;
  /** Called with each event before it is delivered. */
  readonly watch: ((event: EventRecord) => void) | undefined;
}

export function publish(publication: Publication, event: EventRecord): void {
  const { store, ids, deliver, chaos, watch } = publication;
  watch?.(event);
  deliver(event);
  if (chaos.forDelivery('second_id', event.type) === undefined) return;
  const second = store.events.put({ ...event, id: ids.next('evt_') });
  watch?.(second);
  deliver(second);
}
