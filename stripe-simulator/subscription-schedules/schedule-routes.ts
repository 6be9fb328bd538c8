/** The routes of subscription schedules. */
import { checkCustomerFilter } from '../customers/customers.ts';
import type { SubscriptionSchedule } from '../model/subscription-schedule.ts';
import { listPage, timeFilter } from '../protocol/list.ts';
import type { ApiRequest, Route } from '../protocol/route.ts';
import type { World } from '../world/world.ts';
import { createSchedule } from './schedule-create.ts';
import { cancelSchedule, releaseSchedule } from './schedule-lifecycle.ts';
import { getSchedule } from './schedule-record.ts';
import { updateSchedule } from './schedule-update.ts';

const times = ['canceled_at', 'completed_at', 'created', 'released_at'] as const;

function listSchedules(world: World, request: ApiRequest): object {
  const { params } = request;
  const customer = params.string('customer');
  checkCustomerFilter(world, customer);
  const onlyScheduled = params.boolean('scheduled') === true;
  const filters = times.map((name) => ({ name, isWithin: timeFilter(params, name) }));
  return listPage(request, world.store.subscriptionSchedules, {
    noun: 'subscription_schedule',
    keep: (row: SubscriptionSchedule) =>
      // Schedules on a test clock are listed only when their customer is requested.
      (customer === undefined ? row.test_clock === null : row.customer === customer) &&
      (!onlyScheduled || row.status === 'not_started') &&
      filters.every(({ name, isWithin }) => isWithin(row[name])),
  });
}

const PATH = '/v1/subscription_schedules';

export const scheduleRoutes: readonly Route[] = [
  { method: 'POST', path: PATH, operation: createSchedule },
  { method: 'GET', path: PATH, operation: listSchedules },
  { method: 'GET', path: `${PATH}/:schedule`, operation: (world, { id }) => getSchedule(world, id) },
  { method: 'POST', path: `${PATH}/:schedule`, operation: updateSchedule },
  {
    method: 'POST',
    path: `${PATH}/:schedule/cancel`,
    operation: (world, { id, params }) => {
      return cancelSchedule(world, id, {
        prorates: params.boolean('prorate') ?? true,
        invoicesNow: params.boolean('invoice_now') ?? true,
      });
    },
  },
  {
    method: 'POST',
    path: `${PATH}/:schedule/release`,
    operation: (world, { id }) => releaseSchedule(world, id),
  },
];
