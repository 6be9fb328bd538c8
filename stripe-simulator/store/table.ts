/** One kind of record in order of creation; the place of a removed one is remembered for pagination. */

export class Table<T extends { readonly id: string }> {
  readonly #rows = new Map<string, T>();
  readonly #places = new Map<string, number>();
  readonly #changed: () => void;
  #next = 1;

  constructor(changed: () => void) {
    this.#changed = changed;
  }

  get size(): number {
    return this.#rows.size;
  }

  get(id: string): T | undefined {
    return this.#rows.get(id);
  }

  put(row: T): T {
    if (!this.#places.has(row.id)) this.#places.set(row.id, this.#next++);
    this.#rows.set(row.id, row);
    this.#changed();
    return row;
  }

  delete(id: string): void {
    if (this.#rows.delete(id)) this.#changed();
  }

  /** The removed row's place is forgotten too: for records that nobody pages by. */
  drop(id: string): void {
    this.delete(id);
    this.#places.delete(id);
  }

  place(id: string): number | undefined {
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

  clear(): void {
    this.#rows.clear();
    this.#places.clear();
    this.#next = 1;
    this.#changed();
  }
}
