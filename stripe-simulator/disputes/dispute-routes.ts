/** The routes of disputes. */
import { listPage, timeFilter } from '../protocol/list.ts';
import type { ApiRequest, Route } from '../protocol/route.ts';
import type { World } from '../world/world.ts';
import { closeDispute, getDispute, updateDispute } from './disputes.ts';

function listDisputes(world: World, request: ApiRequest): object {
  const { params } = request;
  const charge = params.string('charge');
  const intent = params.string('payment_intent');
  const created = timeFilter(params, 'created');
  return listPage(request, world.store.disputes, {
    noun: 'dispute',
    keep: (row) =>
      (charge === undefined || row.charge === charge) &&
      (intent === undefined || row.payment_intent === intent) &&
      created(row.created),
  });
}

export const disputeRoutes: readonly Route[] = [
  { method: 'GET', path: '/v1/disputes', operation: listDisputes },
  { method: 'GET', path: '/v1/disputes/:dispute', operation: (world, { id }) => getDispute(world, id) },
  { method: 'POST', path: '/v1/disputes/:dispute', operation: updateDispute },
  { method: 'POST', path: '/v1/disputes/:dispute/close', operation: closeDispute },
];
