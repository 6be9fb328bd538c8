/** What the pages work with. */
import type { Running } from '../control/reset.ts';
import type { World } from '../world/world.ts';

export interface PageContext extends Running {
  readonly world: World;
}
