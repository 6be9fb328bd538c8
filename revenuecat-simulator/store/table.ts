/** A table of records in the order of their creation. */

export class Table<T extends { readonly id: string }> {
  readonly #rows = new Map<string, T>();
  readonly #changed: () => void;

  constructor(changed: () => void) {
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
    this.#changed();
    return row;
  }

  delete(id: string): void {
    if (this.#rows.delete(id)) this.#changed();
  }

  clear(): void {
    this.#rows.clear();
    this.#changed();
  }

  oldestFirst(): readonly T[] {
    return [...this.#rows.values()];
  }

  newestFirst(): readonly T[] {
    return [...this.#rows.values()].reverse();
  }
}
