/** What the pages work with. */
import type { Deliveries } from '../events/deliveries.ts';
import type { World } from '../world.ts';

export interface PageContext {
  readonly world: World;
  readonly deliveries: Deliveries;
}
