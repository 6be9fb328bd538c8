/** Chooses the time that applies to a request: the test clock of its records, or the simulator's own clock. */

import { findObject, type Store } from '../store/store.ts';
import type { World } from './world.ts';

const idParams = ['customer', 'from_subscription', 'subscription', 'invoice', 'test_clock'] as const;

/** Returns the world with the time of the first test clock that the request's ids lead to. */
export function worldOfRequest(
  world: World,
  request: { readonly ids: readonly string[]; readonly params: Readonly<Record<string, unknown>> },
): World {
  if (world.store.testClocks.size === 0) return world;
  const paramIds = idParams.map((name) => request.params[name]).filter((value) => typeof value === 'string');
  for (const id of [...request.ids, ...paramIds]) {
    const clock = clockOf(world.store, id);
    if (clock !== undefined) return onClock(world, clock);
  }
  return world;
}

/** Returns the world with the time of the customer's test clock, if the customer has one. */
export function worldOfCustomer(world: World, customer: string | null): World {
  const clock = customer === null ? undefined : clockOf(world.store, customer);
  return clock === undefined ? world : onClock(world, clock);
}

function onClock(world: World, id: string): World {
  const frozen = world.store.testClocks.get(id)?.frozen_time;
  return frozen === undefined ? world : { ...world, seconds: () => frozen };
}

function clockOf(store: Store, id: string): string | undefined {
  if (id.startsWith('clock_')) return id;
  const found = id.startsWith('si_') ? store.subscriptions.where('item', id)[0] : findObject(store, id);
  if (found === undefined) return undefined;
  if ('test_clock' in found && typeof found.test_clock === 'string') return found.test_clock;
  const owner = 'customer' in found && typeof found.customer === 'string' ? found.customer : undefined;
  return owner === undefined ? undefined : (store.customers.get(owner)?.test_clock ?? undefined);
}
