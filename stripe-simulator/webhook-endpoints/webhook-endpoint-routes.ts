/** The routes of webhook endpoints. */
import { listPage } from '../protocol/list.ts';
import type { Route } from '../protocol/route.ts';
import { createEndpoint, deleteEndpoint, getEndpoint, updateEndpoint } from './webhook-endpoints.ts';

export const webhookEndpointRoutes: readonly Route[] = [
  { method: 'POST', path: '/v1/webhook_endpoints', operation: createEndpoint },
  {
    method: 'GET',
    path: '/v1/webhook_endpoints',
    operation: (world, request) =>
      listPage(request, world.store.webhookEndpoints, { noun: 'webhook endpoint' }),
  },
  {
    method: 'GET',
    path: '/v1/webhook_endpoints/:endpoint',
    operation: (world, { id }) => getEndpoint(world, id),
  },
  { method: 'POST', path: '/v1/webhook_endpoints/:endpoint', operation: updateEndpoint },
  { method: 'DELETE', path: '/v1/webhook_endpoints/:endpoint', operation: deleteEndpoint },
];
