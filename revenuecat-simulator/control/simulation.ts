/** The parts of a running simulator. */
import type { Deliveries } from '../events/deliveries.ts';
import type { Faults } from '../faults/faults.ts';
import type { DueWork } from '../schedule/due-work.ts';
import type { World } from '../world/world.ts';

export interface Simulation {
  readonly world: World;
  readonly deliveries: Deliveries;
  readonly due: DueWork;
  readonly faults: Faults;
  /** Moves the clock forward and runs what falls due. Returns the number of events. */
  readonly advance: (seconds: number) => number;
  readonly reset: () => void;
  readonly baseUrl: () => string;
}
