/** Applies the events that a webhook endpoint did not receive. */
import { EVENT_REPAIR, type EventDrift, type EventListings, planEvent, scanEvents } from '../event-drift.ts';
import type { ScanRequest, ScanResult } from '../scan.ts';
import { defineCheck } from '../scan.ts';

export const undeliveredEvents = defineCheck({
  name: 'undelivered_events',
  optIn: null,
  reads: 'the events of handled types that at least one webhook endpoint did not receive',
  reasons: {
    event_undelivered: {
      meaning: 'The event was not delivered, and it is later than the last sync of its user’s row.',
      repair: EVENT_REPAIR,
    },
  },
  scan,
  plan: planEvent,
});

async function scan({
  listings,
  cursor,
}: ScanRequest<'undeliveredEvents' | EventListings>): Promise<ScanResult<EventDrift<'event_undelivered'>>> {
  return scanEvents(listings, await listings.undeliveredEvents(cursor), 'event_undelivered');
}
