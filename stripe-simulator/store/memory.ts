/** Creates the store and the ids, and connects them to the state file if there is one. */
import type { SimulatorClock } from '../time/simulator-clock.ts';
import { Ids } from './ids.ts';
import { StateFile } from './state-file.ts';
import { createStore, type Store } from './store.ts';

export interface Memory {
  readonly store: Store;
  readonly ids: Ids;
  readonly save: () => void;
}

export function createMemory(options: {
  seed: string;
  statePath: string | undefined;
  clock: SimulatorClock;
}): Memory {
  const ids = new Ids(options.seed);
  let file: StateFile | undefined;
  const store = createStore(() => file?.saveSoon());
  if (options.statePath === undefined) return { store, ids, save: () => undefined };
  const loaded = new StateFile(options.statePath, { store, ids, clock: options.clock });
  loaded.load();
  // The file is set after loading, so that loading does not trigger a save.
  file = loaded;
  return { store, ids, save: () => loaded.save() };
}
