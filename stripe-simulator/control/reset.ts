/** Back to the beginning: everything is forgotten but the webhook endpoints. */
import { tableNames } from '../store/store.ts';
import type { Simulation } from './simulation.ts';

const tablesToKeep: readonly string[] = ['webhookEndpoints', 'endpointSecrets'];

export function resetSimulation({ world, deliveries, due, clock, chaos }: Simulation): void {
  // Ids go on counting: one that is remembered elsewhere must not come to mean something else.
  for (const name of tableNames) if (!tablesToKeep.includes(name)) world.store[name].clear();
  deliveries.reset();
  due.reset();
  clock.resume(0);
  chaos.set({});
}
