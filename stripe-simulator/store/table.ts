/** A table of records in creation order. It remembers the position of deleted records, which pagination needs. */

/** For each index name, the function that returns the values to find a row by. */
export type Indexes<T> = Readonly<Record<string, (row: T) => readonly (string | null | undefined)[]>>;

/** A change of a table, for those who keep a copy of it. */
export type TableChange<T> =
  | { readonly kind: 'put'; readonly row: T }
  | { readonly kind: 'delete' | 'drop'; readonly id: string }
  | { readonly kind: 'clear' };

/** What a rollback needs: each changed row as it was, and what was not announced yet. */
interface Undo<T> {
  readonly before: Map<string, { readonly row: T | undefined; readonly position: number | undefined }>;
  readonly changes: TableChange<T>[];
  readonly next: number;
}

export class Table<T extends { readonly id: string }> {
  readonly #rows = new Map<string, T>();
  readonly #positions = new Map<string, number>();
  readonly #changed: (change: TableChange<T>) => void;
  readonly #indexes: readonly (readonly [string, Indexes<T>[string]])[];
  readonly #idsByValue = new Map<string, Set<string>>();
  readonly #watchers: ((row: T) => void)[] = [];
  #next = 1;
  #undo: Undo<T> | undefined;

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

  /** From now on, changes are announced only when they are committed. Watchers see them at once. */
  begin(): void {
    this.#undo = { before: new Map(), changes: [], next: this.#next };
  }

  commit(): void {
    const changes = this.#undo?.changes ?? [];
    this.#undo = undefined;
    for (const change of changes) this.#changed(change);
  }

  /** Puts everything back as it was at `begin`. Returns a function that calls the watchers, for when all tables are. */
  rollback(): () => void {
    const undo = this.#undo;
    this.#undo = undefined;
    if (undo === undefined) return () => undefined;
    const touched: T[] = [];
    let returned = false;
    for (const [id, { row, position }] of undo.before) {
      const current = this.#rows.get(id);
      const seen = row ?? current;
      if (seen !== undefined) touched.push(seen);
      returned ||= row !== undefined && current === undefined;
      this.#reindex(current, row);
      if (row === undefined) this.#rows.delete(id);
      else this.#rows.set(id, row);
      if (position === undefined) this.#positions.delete(id);
      else this.#positions.set(id, position);
    }
    this.#next = undo.next;
    if (returned) this.#sort();
    return () => {
      for (const row of touched) for (const watcher of this.#watchers) watcher(row);
    };
  }

  put(row: T): T {
    this.#remember(row.id);
    if (!this.#positions.has(row.id)) this.#positions.set(row.id, this.#next++);
    this.#reindex(this.#rows.get(row.id), row);
    this.#rows.set(row.id, row);
    this.#announce({ kind: 'put', row });
    for (const watcher of this.#watchers) watcher(row);
    return row;
  }

  /** Deletes the row but keeps its position, so that it remains valid as a cursor. */
  delete(id: string): void {
    this.#remember(id);
    this.#reindex(this.#rows.get(id), undefined);
    if (this.#rows.delete(id)) this.#announce({ kind: 'delete', id });
  }

  /** Deletes the row and its position; for records that no list uses as a cursor. */
  drop(id: string): void {
    this.#remember(id);
    this.#reindex(this.#rows.get(id), undefined);
    const existed = this.#rows.delete(id);
    if (this.#positions.delete(id) || existed) this.#announce({ kind: 'drop', id });
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
    for (const id of this.#positions.keys()) this.#remember(id);
    this.#rows.clear();
    this.#positions.clear();
    this.#idsByValue.clear();
    this.#next = 1;
    this.#announce({ kind: 'clear' });
  }

  #announce(change: TableChange<T>): void {
    if (this.#undo === undefined) this.#changed(change);
    else this.#undo.changes.push(change);
  }

  #remember(id: string): void {
    const before = this.#undo?.before;
    if (before?.has(id) === false)
      before.set(id, { row: this.#rows.get(id), position: this.#positions.get(id) });
  }

  /** Puts the rows in the order of their positions. */
  #sort(): void {
    const rows = [...this.#rows].sort(
      ([a], [b]) => (this.#positions.get(a) ?? 0) - (this.#positions.get(b) ?? 0),
    );
    this.#rows.clear();
    for (const [id, row] of rows) this.#rows.set(id, row);
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
