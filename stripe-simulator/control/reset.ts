/** Back to the beginning: everything is forgotten but the webhook endpoints. */
import type { Chaos } from '../chaos/chaos.ts';
import type { Deliveries } from '../events/deliveries.ts';
import type { DueWork } from '../schedule/due-work.ts';
import { tableNames } from '../store/store.ts';
import type { SimulatorClock } from '../time/simulator-clock.ts';
import type { World } from '../world/world.ts';

const kept: readonly string[] = ['webhookEndpoints', 'endpointSecrets'];

/** What goes on beside the records. */
export interface Running {
  readonly deliveries: Deliveries;
  readonly due: DueWork;
  readonly clock: SimulatorClock;
  readonly chaos: Chaos;
}

export function resetStore(world: World, running: Running): void {
  // Ids go on counting: one that is remembered elsewhere must not come to mean something else.
  for (const name of tableNames) if (!kept.includes(name)) world.store[name].clear();
  running.deliveries.reset();
  running.due.reset();
  running.clock.resume(0);
  running.chaos.set({});
}
