/** A table of records in creation order. It remembers the position of deleted records, which pagination needs. */

/** For each index name, the function that returns the values to find a row by. */
export type Indexes<T> = Readonly<Record<string, (row: T) => readonly (string | null | undefined)[]>>;

/** A change of a table, for those who keep a copy of it. */
export type TableChange<T> =
  | { readonly kind: 'put'; readonly row: T }
  | { readonly kind: 'delete' | 'drop'; readonly id: string }
  | { readonly kind: 'clear' };

export class Table<T extends { readonly id: string }> {
  readonly #rows = new Map<string, T>();
  readonly #positions = new Map<string, number>();
  readonly #changed: (change: TableChange<T>) => void;
  readonly #indexes: readonly (readonly [string, Indexes<T>[string]])[];
  readonly #idsByValue = new Map<string, Set<string>>();
  readonly #watchers: ((row: T) => void)[] = [];
  #next = 1;

  constructor(changed: (change: TableChange<T>) => void, indexes: Indexes<T> = {}) {
    this.#changed = changed;
    this.#indexes = Object.entries(indexes);
  }

  get size(): number {
    return this.#rows.size;
  }

  /** Calls the watcher with every row that is written. */
  watch(watcher: (row: T) => void): void {
    this.#watchers.push(watcher);
  }

  get(id: string): T | undefined {
    return this.#rows.get(id);
  }

  put(row: T): T {
    if (!this.#positions.has(row.id)) this.#positions.set(row.id, this.#next++);
    this.#reindex(this.#rows.get(row.id), row);
    this.#rows.set(row.id, row);
    this.#changed({ kind: 'put', row });
    for (const watcher of this.#watchers) watcher(row);
    return row;
  }

  /** Deletes the row but keeps its position, so that it remains valid as a cursor. */
  delete(id: string): void {
    this.#reindex(this.#rows.get(id), undefined);
    if (this.#rows.delete(id)) this.#changed({ kind: 'delete', id });
  }

  /** Deletes the row and its position; for records that no list uses as a cursor. */
  drop(id: string): void {
    this.#reindex(this.#rows.get(id), undefined);
    const existed = this.#rows.delete(id);
    if (this.#positions.delete(id) || existed) this.#changed({ kind: 'drop', id });
  }

  /** Returns the row's position in creation order, also after the row was deleted. */
  position(id: string): number | undefined {
    return this.#positions.get(id);
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

  /** Returns the rows with the given index value, oldest first. */
  where(index: string, value: string): T[] {
    const rows: T[] = [];
    for (const id of this.#idsByValue.get(`${index}=${value}`) ?? []) {
      const row = this.#rows.get(id);
      if (row !== undefined) rows.push(row);
    }
    return rows.sort((a, b) => (this.#positions.get(a.id) ?? 0) - (this.#positions.get(b.id) ?? 0));
  }

  clear(): void {
    this.#rows.clear();
    this.#positions.clear();
    this.#idsByValue.clear();
    this.#next = 1;
    this.#changed({ kind: 'clear' });
  }

  #reindex(before: T | undefined, after: T | undefined): void {
    const id = after?.id ?? before?.id;
    if (id === undefined) return;
    for (const [name, valuesOf] of this.#indexes) {
      const old = before === undefined ? [] : valuesOf(before);
      const now = after === undefined ? [] : valuesOf(after);
      for (const value of old) if (!now.includes(value)) this.#removeFromIndex(`${name}=${value}`, id);
      for (const value of now)
        if (typeof value === 'string' && !old.includes(value)) this.#addToIndex(`${name}=${value}`, id);
    }
  }

  #addToIndex(key: string, id: string): void {
    const ids = this.#idsByValue.get(key);
    if (ids === undefined) this.#idsByValue.set(key, new Set([id]));
    else ids.add(id);
  }

  #removeFromIndex(key: string, id: string): void {
    const ids = this.#idsByValue.get(key);
    ids?.delete(id);
    if (ids?.size === 0) this.#idsByValue.delete(key);
  }
}
