/** Finds the ids of rows by a value in them, such as their customer, whatever its case. */

/** For each index name, the function that returns the values to find a row by. */
export type Indexes<T> = Readonly<Record<string, (row: T) => readonly (string | null | undefined)[]>>;

export class ValueIndex<T extends { readonly id: string }> {
  readonly names: readonly string[];
  readonly #indexes: ReadonlyMap<string, Indexes<T>[string]>;
  /** Most values lead to one row, for which a set would take several times the memory. */
  readonly #ids = new Map<string, string | Set<string>>();

  constructor(indexes: Indexes<T>) {
    this.names = Object.keys(indexes);
    this.#indexes = new Map(Object.entries(indexes));
  }

  /** Returns the ids in no certain order. */
  idsWith(index: string, value: string): string[] {
    const ids = this.#ids.get(keyOf(index, value)) ?? [];
    return typeof ids === 'string' ? [ids] : [...ids];
  }

  /** Returns whether the row has exactly this value. */
  has(row: T | undefined, { index, value }: { readonly index: string; readonly value: string }): boolean {
    return row !== undefined && this.#indexes.get(index)?.(row).includes(value) === true;
  }

  clear(): void {
    this.#ids.clear();
  }

  /** Replaces what leads to a row. */
  change(before: T | undefined, after: T | undefined): void {
    const id = after?.id ?? before?.id;
    if (id === undefined) return;
    for (const [name, valuesOf] of this.#indexes) {
      const old = before === undefined ? [] : keysOf(name, valuesOf(before));
      const now = after === undefined ? [] : keysOf(name, valuesOf(after));
      for (const key of old) if (!now.includes(key)) this.#remove(key, id);
      for (const key of now) if (!old.includes(key)) this.#add(key, id);
    }
  }

  #add(key: string, id: string): void {
    const ids = this.#ids.get(key);
    if (ids === undefined) this.#ids.set(key, id);
    else if (typeof ids !== 'string') ids.add(id);
    else if (ids !== id) this.#ids.set(key, new Set([ids, id]));
  }

  #remove(key: string, id: string): void {
    const ids = this.#ids.get(key);
    if (ids === id) this.#ids.delete(key);
    if (typeof ids !== 'object') return;
    ids.delete(id);
    if (ids.size === 0) this.#ids.delete(key);
  }
}

function keyOf(index: string, value: string): string {
  return `${index}=${value.toLowerCase()}`;
}

function keysOf(index: string, values: readonly (string | null | undefined)[]): string[] {
  return values.flatMap((value) => (typeof value === 'string' ? keyOf(index, value) : []));
}
