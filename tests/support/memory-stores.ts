/** The data stores of the Cognito emulator, in memory. Its own stores write a whole file after each change. */
import { createRequire } from 'node:module';

type Path = string | readonly string[];

export interface MemoryStore {
  getRoot(context: unknown): Promise<unknown>;
  get(context: unknown, path: Path, fallback?: unknown): Promise<unknown>;
  set(context: unknown, path: Path, value: unknown): Promise<void>;
  delete(context: unknown, path: Path): Promise<void>;
}

export interface MemoryStores {
  create(context: unknown, id: string, defaults: unknown): Promise<MemoryStore>;
}

/** Plain JavaScript, which the local cloud runs in a process of its own. */
const { DataStore } = createRequire(import.meta.url)('../../local/cognito/data-store.cjs') as {
  DataStore: new (data: unknown, save: () => Promise<void>) => MemoryStore;
};

const noSave = async (): Promise<void> => undefined;

/** `seed` is the content of existing stores, by id. */
export function memoryStores(seed: Readonly<Record<string, unknown>>): MemoryStores {
  return { create: async (_, id, defaults) => new DataStore(withDates(seed[id] ?? defaults), noSave) };
}

/** Copies the data like the emulator reads its files: a value whose name ends in Date becomes a date. */
function withDates(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value ?? {}), (key, inner: unknown) =>
    key.endsWith('Date') && typeof inner === 'string' ? new Date(inner) : inner,
  );
}
