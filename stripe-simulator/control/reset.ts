/** Back to the beginning: everything is forgotten but the webhook endpoints. */
import type { Deliveries } from '../events/deliveries.ts';
import { tableNames } from '../store/store.ts';
import type { World } from '../world.ts';

const kept: readonly string[] = ['webhookEndpoints', 'endpointSecrets'];

export function resetStore(world: World, deliveries: Deliveries): void {
  // Ids go on counting: one that is remembered elsewhere must not come to mean something else.
  for (const name of tableNames) if (!kept.includes(name)) world.store[name].clear();
  deliveries.reset();
}
