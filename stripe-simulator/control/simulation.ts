/** The parts of a running simulator. */
import type { Chaos } from '../chaos/chaos.ts';
import type { Deliveries } from '../events/deliveries.ts';
import type { DueWork } from '../schedule/due-work.ts';
import type { CliSessions } from '../stripecli/cli-sessions.ts';
import type { SimulatorClock } from '../time/simulator-clock.ts';
import type { World } from '../world/world.ts';

export interface Simulation {
  readonly world: World;
  readonly deliveries: Deliveries;
  readonly cli: CliSessions;
  readonly due: DueWork;
  readonly clock: SimulatorClock;
  readonly chaos: Chaos;
}
