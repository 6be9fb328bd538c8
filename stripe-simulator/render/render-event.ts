/** Renders an event for one API version. */

import { deliveryId } from '../model/delivery-id.ts';
import type { EventRecord } from '../model/event.ts';
import type { Store } from '../store/store.ts';
import type { JsonObject } from './json.ts';
import { previousAttributes } from './previous-attributes.ts';
import { render } from './render.ts';

export function renderEvent(event: EventRecord, reader: { store: Store; version: string }): JsonObject {
  const object = render(event.snapshot, reader) as JsonObject;
  const previous = event.previous === null ? undefined : (render(event.previous, reader) as JsonObject);
  return {
    id: event.id,
    object: 'event',
    api_version: reader.version,
    created: event.created,
    data: {
      object,
      ...(previous === undefined ? {} : { previous_attributes: previousAttributes(object, previous) }),
    },
    livemode: false,
    pending_webhooks: pendingWebhooks(event.id, reader.store),
    request: event.request === null ? { id: null, idempotency_key: null } : { ...event.request },
    type: event.type,
  };
}

/** Returns the number of endpoints that have not received the event yet. */
function pendingWebhooks(
  eventId: string,
  { deliveries, webhookEndpoints, eventDestinations }: Store,
): number {
  const rows = [...webhookEndpoints.oldestFirst(), ...eventDestinations.oldestFirst()].map(({ id }) =>
    deliveries.get(deliveryId(eventId, id)),
  );
  return rows.filter((row) => row !== undefined && row.state !== 'succeeded').length;
}
