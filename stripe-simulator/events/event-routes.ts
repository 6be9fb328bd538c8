/** The routes of events: list, retrieve and retry. */
import { deliveryId } from '../model/delivery-id.ts';
import type { EventRecord } from '../model/event.ts';
import { matchesType } from '../model/event-filter.ts';
import { listPage, timeFilter } from '../protocol/list.ts';
import type { ApiRequest, Route } from '../protocol/route.ts';
import { invalidRequest, noSuch, notFound } from '../protocol/stripe-error.ts';
import { renderEvent } from '../render/render-event.ts';
import type { World } from '../world/world.ts';
import { receivers } from './receivers.ts';

const MAX_TYPES = 20;

export function getEvent(world: World, id: string): EventRecord {
  const event = world.store.events.get(id);
  if (event === undefined || event.thin_only === true) throw notFound('event', id);
  return event;
}

/** Renders the event in its own version, which does not depend on the version of the request. */
function renderStored(world: World, event: EventRecord): object {
  return renderEvent(event, { store: world.store, version: event.api_version });
}

function listEvents(world: World, request: ApiRequest): object {
  const { params } = request;
  const type = params.string('type');
  const types = params.strings('types');
  if (type !== undefined && types !== undefined) {
    throw invalidRequest({ message: 'You may only specify one of these parameters: type, types.' });
  }
  if (types !== undefined && types.length > MAX_TYPES) {
    throw invalidRequest({ message: `You can pass up to ${MAX_TYPES} types.`, param: 'types' });
  }
  const success = params.boolean('delivery_success');
  const created = timeFilter(params, 'created');
  const page = listPage(request, world.store.events, {
    noun: 'event',
    keep: (row) =>
      row.thin_only !== true &&
      (type === undefined || matchesType(type, row.type)) &&
      (types === undefined || types.includes(row.type)) &&
      created(row.created) &&
      (success === undefined || hasDeliverySuccess(world, row.id) === success),
  });
  return { ...page, data: page.data.map((event) => renderStored(world, event)) };
}

/** Whether all deliveries of the event have succeeded. An event without deliveries counts as delivered. */
function hasDeliverySuccess(world: World, eventId: string): boolean {
  const { deliveries } = world.store;
  const rows = receivers(world.store).map(({ id }) => deliveries.get(deliveryId(eventId, id)));
  return rows.every((row) => row === undefined || row.state === 'succeeded');
}

export interface Redelivery {
  readonly send: (event: EventRecord, endpointId: string) => void;
  /** Sends the event to everyone who listens with the Stripe CLI. */
  readonly sendToCli: (event: EventRecord) => void;
}

function retryEvent(world: World, { id, params }: ApiRequest, redelivery: Redelivery): object {
  const event = getEvent(world, id);
  const requested = params.string('webhook_endpoint');
  // What `stripe events resend` sends if it names no endpoint.
  if (params.boolean('for_stripecli') === true) {
    redelivery.sendToCli(event);
    return renderStored(world, event);
  }
  const endpoints =
    requested === undefined ? world.store.webhookEndpoints.oldestFirst().map((row) => row.id) : [requested];
  for (const endpoint of endpoints) {
    if (world.store.webhookEndpoints.get(endpoint) === undefined) {
      throw noSuch('webhook endpoint', { id: endpoint, param: 'webhook_endpoint' });
    }
    redelivery.send(event, endpoint);
  }
  return renderStored(world, event);
}

export function eventRoutes(redelivery: Redelivery): readonly Route[] {
  return [
    { method: 'GET', path: '/v1/events', operation: listEvents },
    {
      method: 'GET',
      path: '/v1/events/:event',
      operation: (world, { id }) => renderStored(world, getEvent(world, id)),
    },
    {
      method: 'POST',
      path: '/v1/events/:event/retry',
      operation: (world, request) => retryEvent(world, request, redelivery),
    },
  ];
}
