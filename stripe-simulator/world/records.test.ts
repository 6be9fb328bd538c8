/** How many events the simulator keeps. */
import { expect, test } from 'vitest';
import { deliveryId } from '../model/delivery-id.ts';
import type { Delivery } from '../model/event.ts';
import { newAccount } from '../store/account-state.ts';
import { Ids } from '../store/ids.ts';
import { createStore } from '../store/store.ts';
import { emit } from './records.ts';
import type { World } from './world.ts';

const KEPT = 10_000;
const DAY_SECONDS = 24 * 3600;

function newWorld(state: Delivery['state']): { world: World; clock: { seconds: number } } {
  const store = createStore(() => undefined);
  const clock = { seconds: 1_800_000_000 };
  const world: World = {
    store,
    ids: new Ids('tests'),
    apiVersion: '2026-10-28.endive',
    seconds: () => clock.seconds,
    ownSeconds: () => clock.seconds,
    dunning: { retryDelaysSeconds: [], afterLastRetry: 'canceled' },
    account: newAccount(),
    searchLagSeconds: 0,
    hasEventBus: false,
    baseUrl: () => '',
    origin: null,
    // To an endpoint that was deleted since.
    publish: ({ id, type }) => {
      const row = {
        id: deliveryId(id, 'we_1'),
        event: id,
        type,
        endpoint: 'we_1',
        url: '',
        state,
        attempts: [],
      };
      store.deliveries.put(row);
    },
  };
  return { world, clock };
}

const emitMany = (world: World, count: number) => {
  for (let n = 0; n < count; n++) emit(world, 'product.created', { object: {} });
};

test('The latest ten thousand events are kept, with their deliveries', () => {
  const { world } = newWorld('succeeded');
  emitMany(world, KEPT + 500);

  expect(world.store.events.size).toBe(KEPT);
  expect(world.store.deliveries.size).toBe(KEPT);
});

test('An event that an endpoint has not answered yet is kept, and the number shrinks when it has', () => {
  const { world } = newWorld('pending');
  emitMany(world, KEPT + 500);
  expect(world.store.events.size).toBe(KEPT + 500);

  for (const row of world.store.deliveries.oldestFirst())
    world.store.deliveries.put({ ...row, state: 'failed' });
  emitMany(world, 100);
  expect(world.store.events.size).toBeLessThanOrEqual(KEPT + 1);
});

test('Events are kept for 30 days', () => {
  const { world, clock } = newWorld('succeeded');
  emitMany(world, 5);
  clock.seconds += 31 * DAY_SECONDS;
  emitMany(world, 1);

  expect(world.store.events.size).toBe(1);
  expect(world.store.deliveries.size).toBe(1);
});
