/** Sends the event of a delivery again: to an endpoint, or to the Stripe CLI that listened. */
import type { Simulation } from './simulation.ts';

/** Returns false if there is no such delivery, or no one to send it to. */
export function redeliver({ world: { store }, deliveries, cli }: Simulation, id: string): boolean {
  const row = store.deliveries.get(id);
  const event = row === undefined ? undefined : store.events.get(row.event);
  if (row === undefined || event === undefined) return false;
  return cli.has(row.endpoint) ? cli.forward(event, row.endpoint) > 0 : deliveries.again(id);
}
