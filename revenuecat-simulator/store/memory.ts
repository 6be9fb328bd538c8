/** Creates the store and the ids, and connects them to the state file if there is one. */

import type { StateFileError } from '../../simulator-kit/state-error.ts';
import { StateFile } from '../../simulator-kit/state-file.ts';
import type { SimulatorClock } from '../time/simulator-clock.ts';
import { Ids } from './ids.ts';
import { createStore, type Store } from './store.ts';

export interface Memory {
  readonly store: Store;
  readonly ids: Ids;
  /** Writes what has changed. It survives the end of the process from then on. */
  readonly flush: () => void;
  /** Resolves once everything that has changed is on the disk, and rejects if it cannot be written. */
  readonly durable: () => Promise<void>;
  /** Writes everything to one file. */
  readonly close: () => Promise<void>;
}

export interface MemoryOptions {
  readonly seed: string;
  readonly statePath: string | undefined;
  readonly clock: SimulatorClock;
  /** Called once, when the state cannot be written. */
  readonly onFailure: (error: StateFileError) => void;
}

export function createMemory({ seed, statePath, clock, onFailure }: MemoryOptions): Memory {
  const ids = new Ids(seed);
  if (statePath === undefined) {
    const nothing = () => undefined;
    const store = createStore(nothing);
    return { store, ids, flush: nothing, durable: () => Promise.resolve(), close: () => Promise.resolve() };
  }
  const store = createStore((name, change) => file.changed(name, change));
  const kept = {
    tables: store,
    ids,
    values: () => ({ clock_ahead_ms: clock.aheadMs }),
    restoreValues: ({ clock_ahead_ms: aheadMs }: Readonly<Record<string, unknown>>) => {
      if (typeof aheadMs === 'number') clock.resume(aheadMs);
    },
  };
  const file = new StateFile({ path: statePath, onFailure }, kept);
  file.load();
  return {
    store,
    ids,
    flush: () => file.flush(),
    durable: () => file.durable(),
    close: () => file.close(),
  };
}
