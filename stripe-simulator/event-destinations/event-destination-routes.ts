/** The routes of event destinations, and of thin events. */
import { pageOfV2 } from '../protocol/page-v2.ts';
import type { ApiRequest, Route } from '../protocol/route.ts';
import type { World } from '../world/world.ts';
import {
  createDestination,
  deleteDestination,
  disableDestination,
  enableDestination,
  listIncludes,
  pingDestination,
  retrieveDestination,
  shown,
  updateDestination,
} from './event-destinations.ts';
import { listThinEvents, retrieveThinEvent } from './thin-events.ts';

const PATH = '/v2/core/event_destinations';
const ONE = `${PATH}/:destination`;

function listDestinations(world: World, request: ApiRequest): object {
  const included = listIncludes(request.params);
  const page = pageOfV2(request, world.store.eventDestinations.newestFirst(), ({ id }) => id);
  return { ...page, data: page.data.map((destination) => shown(destination, { included })) };
}

export const eventDestinationRoutes: readonly Route[] = [
  { method: 'GET', path: '/v2/core/events', operation: listThinEvents },
  { method: 'GET', path: '/v2/core/events/:event', operation: retrieveThinEvent },
  { method: 'POST', path: PATH, operation: createDestination },
  { method: 'GET', path: PATH, operation: listDestinations },
  { method: 'GET', path: ONE, operation: retrieveDestination },
  { method: 'POST', path: ONE, operation: updateDestination },
  { method: 'DELETE', path: ONE, operation: deleteDestination },
  { method: 'POST', path: `${ONE}/enable`, operation: enableDestination },
  { method: 'POST', path: `${ONE}/disable`, operation: disableDestination },
  { method: 'POST', path: `${ONE}/ping`, operation: pingDestination },
];
