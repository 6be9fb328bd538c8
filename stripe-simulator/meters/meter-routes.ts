/** The routes of billing meters and meter events. */
import { listPage } from '../protocol/list.ts';
import type { Route } from '../protocol/route.ts';
import { createMeterEvent, listSummaries } from './meter-events.ts';
import { createMeter, deactivateMeter, getMeter, reactivateMeter, updateMeter } from './meters.ts';

export const meterRoutes: readonly Route[] = [
  { method: 'POST', path: '/v1/billing/meters', operation: createMeter },
  {
    method: 'GET',
    path: '/v1/billing/meters',
    operation: (world, request) => {
      const status = request.params.oneOf('status', ['active', 'inactive']);
      return listPage(request, world.store.meters, {
        noun: 'meter',
        keep: (row) => status === undefined || row.status === status,
      });
    },
  },
  { method: 'GET', path: '/v1/billing/meters/:meter', operation: (world, { id }) => getMeter(world, id) },
  { method: 'POST', path: '/v1/billing/meters/:meter', operation: updateMeter },
  { method: 'POST', path: '/v1/billing/meters/:meter/deactivate', operation: deactivateMeter },
  { method: 'POST', path: '/v1/billing/meters/:meter/reactivate', operation: reactivateMeter },
  { method: 'GET', path: '/v1/billing/meters/:meter/event_summaries', operation: listSummaries },
  { method: 'POST', path: '/v1/billing/meter_events', operation: createMeterEvent },
];
