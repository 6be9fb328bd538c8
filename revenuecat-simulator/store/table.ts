/** A table of records in the order of their creation. */

/** A change of a table, for those who keep a copy of it. */
export type TableChange<T> =
  | { readonly kind: 'put'; readonly row: T }
  | { readonly kind: 'delete'; readonly id: string }
  | { readonly kind: 'clear' };

export class Table<T extends { readonly id: string }> {
  readonly #rows = new Map<string, T>();
  readonly #changed: (change: TableChange<T>) => void;

  constructor(changed: (change: TableChange<T>) => void) {
    this.#changed = changed;
  }

  get size(): number {
    return this.#rows.size;
  }

  get(id: string): T | undefined {
    return this.#rows.get(id);
  }

  /** Adds the record, or replaces the one with its id in the same place. */
  put(row: T): T {
    this.#rows.set(row.id, row);
    this.#changed({ kind: 'put', row });
    return row;
  }

  delete(id: string): void {
    if (this.#rows.delete(id)) this.#changed({ kind: 'delete', id });
  }

  clear(): void {
    this.#rows.clear();
    this.#changed({ kind: 'clear' });
  }

  oldest(): T | undefined {
    return this.#rows.values().next().value;
  }

  oldestFirst(): readonly T[] {
    return [...this.#rows.values()];
  }

  newestFirst(): readonly T[] {
    return [...this.#rows.values()].reverse();
  }
}
