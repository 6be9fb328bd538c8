/** One kind of record in order of creation; the place of a removed one is remembered for pagination. */

/** By name: the values a row is found by. */
export type Indexes<T> = Readonly<Record<string, (row: T) => readonly (string | null | undefined)[]>>;

export class Table<T extends { readonly id: string }> {
  readonly #rows = new Map<string, T>();
  readonly #places = new Map<string, number>();
  readonly #changed: () => void;
  readonly #indexes: readonly (readonly [string, Indexes<T>[string]])[];
  readonly #found = new Map<string, Set<string>>();
  readonly #watchers: ((row: T) => void)[] = [];
  #next = 1;

  constructor(changed: () => void, indexes: Indexes<T> = {}) {
    this.#changed = changed;
    this.#indexes = Object.entries(indexes);
  }

  get size(): number {
    return this.#rows.size;
  }

  /** Hears of every row as it is written. */
  watch(watcher: (row: T) => void): void {
    this.#watchers.push(watcher);
  }

  get(id: string): T | undefined {
    return this.#rows.get(id);
  }

  put(row: T): T {
    if (!this.#places.has(row.id)) this.#places.set(row.id, this.#next++);
    this.#reindex(this.#rows.get(row.id), row);
    this.#rows.set(row.id, row);
    this.#changed();
    for (const watcher of this.#watchers) watcher(row);
    return row;
  }

  delete(id: string): void {
    this.#reindex(this.#rows.get(id), undefined);
    if (this.#rows.delete(id)) this.#changed();
  }

  /** The removed row's place is forgotten too: for records that nobody pages by. */
  drop(id: string): void {
    this.delete(id);
    this.#places.delete(id);
  }

  position(id: string): number | undefined {
    return this.#places.get(id);
  }

  oldest(): T | undefined {
    return this.#rows.values().next().value;
  }

  oldestFirst(): T[] {
    return [...this.#rows.values()];
  }

  newestFirst(): T[] {
    return this.oldestFirst().reverse();
  }

  /** The rows found under a value of an index, the oldest first. */
  where(index: string, value: string): T[] {
    const rows: T[] = [];
    for (const id of this.#found.get(`${index}=${value}`) ?? []) {
      const row = this.#rows.get(id);
      if (row !== undefined) rows.push(row);
    }
    return rows.sort((a, b) => (this.#places.get(a.id) ?? 0) - (this.#places.get(b.id) ?? 0));
  }

  clear(): void {
    this.#rows.clear();
    this.#places.clear();
    this.#found.clear();
    this.#next = 1;
    this.#changed();
  }

  #reindex(before: T | undefined, after: T | undefined): void {
    const id = after?.id ?? before?.id;
    if (id === undefined) return;
    for (const [name, valuesOf] of this.#indexes) {
      const old = before === undefined ? [] : valuesOf(before);
      const now = after === undefined ? [] : valuesOf(after);
      for (const value of old) if (!now.includes(value)) this.#lose(`${name}=${value}`, id);
      for (const value of now)
        if (typeof value === 'string' && !old.includes(value)) this.#gain(`${name}=${value}`, id);
    }
  }

  #gain(key: string, id: string): void {
    const ids = this.#found.get(key);
    if (ids === undefined) this.#found.set(key, new Set([id]));
    else ids.add(id);
  }

  #lose(key: string, id: string): void {
    const ids = this.#found.get(key);
    ids?.delete(id);
    if (ids?.size === 0) this.#found.delete(key);
  }
}
