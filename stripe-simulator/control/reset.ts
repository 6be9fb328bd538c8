/** Resets the simulator: deletes all records except the webhook endpoints and event destinations. */
import { tableNames } from '../store/store.ts';
import { resetAccount } from './account-control.ts';
import type { Simulation } from './simulation.ts';

const tablesToKeep: readonly string[] = ['webhookEndpoints', 'endpointSecrets', 'eventDestinations'];

export function resetSimulation({ world, deliveries, cli, due, clock, chaos }: Simulation): void {
  // The id counters continue, because an id that a client still stores must not refer to a new record.
  for (const name of tableNames) if (!tablesToKeep.includes(name)) world.store[name].clear();
  deliveries.reset();
  cli.reset();
  due.reset();
  clock.resume(0);
  chaos.set({});
  resetAccount(world);
}
