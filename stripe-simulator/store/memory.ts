/** Store and ids together, with the file that keeps them when one is asked for. */
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
  // Only now: what was just read need not be written again.
  file = loaded;
  return { store, ids, save: () => loaded.save() };
}
