/** Deletes a test clock together with its customers. */

import { removeCustomer } from '../customers/customer-removal.ts';
import { emit } from '../world/records.ts';
import type { World } from '../world/world.ts';

export function removeTestClock(world: World, id: string): void {
  const clock = world.store.testClocks.get(id);
  if (clock === undefined) return;
  for (const customer of world.store.customers.where('test_clock', id)) removeCustomer(world, customer);
  world.store.testClocks.delete(id);
  emit(world, 'test_helpers.test_clock.deleted', { object: clock });
}
