/** Applies the events of a period that rows do not include. */
import { EVENT_REPAIR, type EventDrift, type EventListings, planEvent, scanEvents } from '../event-drift.ts';
import type { ScanRequest, ScanResult } from '../scan.ts';
import { defineCheck } from '../scan.ts';

export const events = defineCheck({
  name: 'events',
  optIn: 'with `--since`, as the only check',
  reads: 'the events of handled types in that period',
  reasons: {
    event_not_applied: {
      meaning: 'The event is later than the last sync of its user’s row.',
      repair: EVENT_REPAIR,
    },
  },
  scan,
  plan: planEvent,
});

async function scan({
  listings,
  cursor,
}: ScanRequest<'events' | EventListings>): Promise<ScanResult<EventDrift<'event_not_applied'>>> {
  return scanEvents(listings, await listings.events(cursor), 'event_not_applied');
}
