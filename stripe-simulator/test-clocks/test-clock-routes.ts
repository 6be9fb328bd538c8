/** The routes of test clocks. */
import { listPage } from '../protocol/list.ts';
import type { Route } from '../protocol/route.ts';
import { removeTestClock } from './test-clock-removal.ts';
import { type Advance, advanceClock, createClock, getClock } from './test-clocks.ts';

export function testClockRoutes(advance: Advance): readonly Route[] {
  const path = '/v1/test_helpers/test_clocks';
  return [
    { method: 'POST', path, operation: createClock },
    {
      method: 'GET',
      path,
      operation: (world, request) => listPage(request, world.store.testClocks, { noun: 'test_clock' }),
    },
    { method: 'GET', path: `${path}/:clock`, operation: (world, { id }) => getClock(world, id) },
    {
      method: 'DELETE',
      path: `${path}/:clock`,
      operation: (world, { id }) => {
        getClock(world, id);
        removeTestClock(world, id);
        return { id, object: 'test_helpers.test_clock', deleted: true };
      },
    },
    {
      method: 'POST',
      path: `${path}/:clock/advance`,
      operation: (world, request) => advanceClock(world, request, advance),
    },
  ];
}
