/** Runs a change of the store that takes effect as a whole or not at all. */
import { type Store, tableNames } from './store.ts';

/** Keeps what `run` changes. If it throws an error that `keeps` does not accept, everything is as before. */
export function transact<T>(store: Store, run: () => T, keeps: (error: unknown) => boolean): T {
  for (const name of tableNames) store[name].begin();
  try {
    const result = run();
    for (const name of tableNames) store[name].commit();
    return result;
  } catch (error) {
    if (keeps(error)) for (const name of tableNames) store[name].commit();
    else rollback(store);
    throw error;
  }
}

function rollback(store: Store): void {
  const watches = tableNames.map((name) => store[name].rollback());
  // What a watcher concludes from one table depends on the others, so all are put back first.
  for (const watch of watches) watch();
}
