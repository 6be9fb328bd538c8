/** Creates and advances test clocks. */

import { resolveCustomer } from '../customers/customers.ts';
import type { TestClock } from '../model/test-clock.ts';
import type { ApiRequest } from '../protocol/route.ts';
import { invalidRequest, missingParameter, notFound } from '../protocol/stripe-error.ts';
import { isEnded } from '../subscriptions/subscription-record.ts';
import { addIntervals } from '../time/billing-periods.ts';
import { add, change } from '../world/records.ts';
import type { World } from '../world/world.ts';

const KEPT_SECONDS = 30 * 24 * 3600;
const TWO_YEARS_SECONDS = 2 * 365 * 24 * 3600;
const MAX_INTERVALS_AHEAD = 2;

/** Starts to advance a clock to the given second and returns the clock. */
export type Advance = (world: World, id: string, target: number) => TestClock;

export function createClock(world: World, { params }: ApiRequest): TestClock {
  const frozen = params.integer('frozen_time');
  if (frozen === undefined) throw missingParameter('frozen_time');
  const customer = params.string('customer');
  if (customer !== undefined && resolveCustomer(world, customer).test_clock !== null) {
    throw invalidRequest({ message: 'This customer already has a test clock.', param: 'customer' });
  }
  const now = world.ownSeconds();
  const row: TestClock = {
    id: world.ids.next('clock_'),
    object: 'test_helpers.test_clock',
    created: now,
    deletes_after: now + KEPT_SECONDS,
    frozen_time: frozen,
    livemode: false,
    name: params.string('name') ?? null,
    status: 'ready',
    status_details: {},
  };
  add(world, world.store.testClocks, { row, event: 'test_helpers.test_clock.created' });
  if (customer !== undefined) {
    change(world, world.store.customers, { id: customer, patch: { test_clock: row.id } });
  }
  return row;
}

export function getClock(world: World, id: string): TestClock {
  const clock = world.store.testClocks.get(id);
  if (clock === undefined) throw notFound('test_helpers.test_clock', id);
  return clock;
}

export function advanceClock(world: World, { id, params }: ApiRequest, advance: Advance): TestClock {
  const clock = getClock(world, id);
  const target = params.integer('frozen_time');
  if (target === undefined) throw missingParameter('frozen_time');
  if (clock.status !== 'ready') {
    throw invalidRequest({ message: 'This test clock is still advancing. Wait until it is ready.' });
  }
  if (target <= clock.frozen_time) {
    throw invalidRequest({
      message: 'The provided frozen time must be after the current frozen time of the test clock.',
      param: 'frozen_time',
    });
  }
  if (target > maxFrozenTime(world, clock)) {
    throw invalidRequest({
      message:
        'You cannot advance a test clock more than two intervals of its shortest subscription, or more than two years without one.',
      param: 'frozen_time',
    });
  }
  return advance(world, id, target);
}

/** Returns the latest time that Stripe lets the clock advance to. */
function maxFrozenTime(world: World, clock: TestClock): number {
  const limits = world.store.customers
    .where('test_clock', clock.id)
    .flatMap(({ id }) => world.store.subscriptions.where('customer', id))
    .filter((subscription) => !isEnded(subscription))
    .flatMap((subscription) => subscription.items.data)
    .map(({ price }) =>
      price.recurring === null
        ? Number.POSITIVE_INFINITY
        : addIntervals(clock.frozen_time, price.recurring, MAX_INTERVALS_AHEAD),
    );
  return limits.length === 0 ? clock.frozen_time + TWO_YEARS_SECONDS : Math.min(...limits);
}
