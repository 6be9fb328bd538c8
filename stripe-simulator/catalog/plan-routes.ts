/** The routes of plans. */
import { listPage, timeFilter } from '../protocol/list.ts';
import type { ApiRequest, Route } from '../protocol/route.ts';
import { planOfPrice } from '../render/plan.ts';
import type { World } from '../world/world.ts';
import { createPlan, deletePlan, getPlan, updatePlan } from './plans.ts';

function listPlans(world: World, request: ApiRequest): object {
  const { params } = request;
  const active = params.boolean('active');
  const product = params.string('product');
  const created = timeFilter(params, 'created');
  const page = listPage(request, world.store.prices, {
    noun: 'plan',
    keep: (row) =>
      row.recurring !== null &&
      (active === undefined || row.active === active) &&
      (product === undefined || row.product === product) &&
      created(row.created),
  });
  return { ...page, data: page.data.map(planOfPrice) };
}

export const planRoutes: readonly Route[] = [
  { method: 'POST', path: '/v1/plans', operation: createPlan },
  { method: 'GET', path: '/v1/plans', operation: listPlans },
  { method: 'GET', path: '/v1/plans/:plan', operation: getPlan },
  { method: 'POST', path: '/v1/plans/:plan', operation: updatePlan },
  { method: 'DELETE', path: '/v1/plans/:plan', operation: deletePlan },
];
