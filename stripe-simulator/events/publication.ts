/** Publishes events to the endpoints. The fault `second_id` publishes a second event for the same change. */
import type { Chaos } from '../chaos/chaos.ts';
import type { EventRecord } from '../model/event.ts';
import type { Ids } from '../store/ids.ts';
import type { Store } from '../store/store.ts';
import type { Deliveries } from './deliveries.ts';

export interface Publication {
  readonly store: Store;
  readonly ids: Ids;
  readonly deliveries: Deliveries;
  readonly chaos: Chaos;
}

export function publish({ store, ids, deliveries, chaos }: Publication, event: EventRecord): void {
  deliveries.publish(event);
  if (chaos.forDelivery('second_id', event.type) === undefined) return;
  deliveries.publish(store.events.put({ ...event, id: ids.next('evt_') }));
}
