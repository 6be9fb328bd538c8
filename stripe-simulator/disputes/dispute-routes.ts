/** The routes of disputes. */
import { filterOf } from '../protocol/filters.ts';
import { listPage } from '../protocol/list.ts';
import type { ApiRequest, Route } from '../protocol/route.ts';
import type { World } from '../world/world.ts';
import { closeDispute, getDispute, updateDispute } from './disputes.ts';

function listDisputes(world: World, request: ApiRequest): object {
  return listPage(request, world.store.disputes, {
    noun: 'dispute',
    keep: filterOf(request.params, {
      texts: { charge: (row) => row.charge, payment_intent: (row) => row.payment_intent },
      times: { created: (row) => row.created },
    }),
  });
}

export const disputeRoutes: readonly Route[] = [
  { method: 'GET', path: '/v1/disputes', operation: listDisputes },
  { method: 'GET', path: '/v1/disputes/:dispute', operation: (world, { id }) => getDispute(world, id) },
  { method: 'POST', path: '/v1/disputes/:dispute', operation: updateDispute },
  { method: 'POST', path: '/v1/disputes/:dispute/close', operation: closeDispute },
];
