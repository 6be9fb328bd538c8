/** Creates the store and the ids, and connects them to the state file if there is one. */
import type { SimulatorClock } from '../time/simulator-clock.ts';
import { Ids } from './ids.ts';
import { StateFile } from './state-file.ts';
import { createStore, type Store } from './store.ts';

export interface Memory {
  readonly store: Store;
  readonly ids: Ids;
  readonly save: () => void;
  /** Saves after a while, for changes that are not in the store. */
  readonly saveSoon: () => void;
}

export function createMemory(options: {
  readonly seed: string;
  readonly statePath: string | undefined;
  readonly clock: SimulatorClock;
}): Memory {
  const ids = new Ids(options.seed);
  let file: StateFile | undefined;
  const saveSoon = (): void => file?.saveSoon();
  const store = createStore(saveSoon);
  if (options.statePath === undefined) return { store, ids, save: () => undefined, saveSoon };
  const loaded = new StateFile(options.statePath, { store, ids, clock: options.clock });
  loaded.load();
  // The file is set after loading, so that loading does not trigger a save.
  file = loaded;
  return { store, ids, save: () => loaded.save(), saveSoon };
}
