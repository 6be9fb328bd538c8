/** The data stores of the Cognito emulator, in memory. Its own stores write a whole file after each change. */

type Path = string | readonly string[];
type Data = Record<string, unknown>;

export interface MemoryStore {
  getRoot(context: unknown): Promise<unknown>;
  get(context: unknown, path: Path, fallback?: unknown): Promise<unknown>;
  set(context: unknown, path: Path, value: unknown): Promise<void>;
  delete(context: unknown, path: Path): Promise<void>;
}

export interface MemoryStores {
  create(context: unknown, id: string, defaults: unknown): Promise<MemoryStore>;
}

/** `seed` is the content of existing stores, by id. */
export function memoryStores(seed: Readonly<Record<string, unknown>>): MemoryStores {
  return { create: async (_, id, defaults) => memoryStore(withDates(seed[id] ?? defaults) as Data) };
}

function memoryStore(root: Data): MemoryStore {
  return {
    getRoot: async () => root,
    get: async (_, path, fallback) => valueAt(root, [path].flat()) ?? fallback ?? null,
    set: async (_, path, value) => {
      const [parent, name] = parentOf(root, [path].flat());
      parent[name] = value;
    },
    delete: async (_, path) => {
      const [parent, name] = parentOf(root, [path].flat());
      delete parent[name];
    },
  };
}

function valueAt(root: Data, path: readonly string[]): unknown {
  return path.reduce<unknown>((at, name) => (isData(at) ? at[name] : undefined), root);
}

function parentOf(root: Data, path: readonly string[]): [Data, string] {
  const name = path.at(-1) ?? '';
  const parent = path.slice(0, -1).reduce<Data>((at, step) => {
    const next = at[step];
    if (isData(next)) return next;
    const created: Data = {};
    at[step] = created;
    return created;
  }, root);
  return [parent, name];
}

/** Copies the data like the emulator reads its files: a value whose name ends in Date becomes a date. */
function withDates(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value ?? {}), (key, inner: unknown) =>
    key.endsWith('Date') && typeof inner === 'string' ? new Date(inner) : inner,
  );
}

function isData(value: unknown): value is Data {
  return typeof value === 'object' && value !== null;
}
