/** Keeps the latest events with their deliveries. Their number is limited, so that a long run needs no more memory. */
import type { EventRecord } from '../model/event.ts';
import type { Store } from '../store/store.ts';

const MAX_EVENTS_KEPT = 10_000;

export function keepEvent(
  { events, deliveries }: Pick<Store, 'events' | 'deliveries'>,
  event: EventRecord,
): void {
  events.put(event);
  for (
    let oldest = events.oldest();
    oldest !== undefined && events.size > MAX_EVENTS_KEPT;
    oldest = events.oldest()
  ) {
    events.delete(oldest.id);
    deliveries.delete(oldest.id);
  }
}
