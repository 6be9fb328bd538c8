/** The place of each id in the order of creation, and the ids from any place on in both directions. */

/** Removed places are kept until there are this many, and more than the others. */
const MIN_TRIMMED = 1_000;

/** A moment to return to. */
export interface PositionsMark {
  readonly next: number;
  readonly removals: number;
}

export class Positions {
  readonly #byId = new Map<string, number>();
  /** The id at each position from `#first` on. Empty where the id was removed. */
  #ids: (string | undefined)[] = [];
  #first = 1;
  /** How many places at the start are empty. */
  #empty = 0;
  #removals = 0;

  mark(): PositionsMark {
    return { next: this.#next, removals: this.#removals };
  }

  /** The position of the next new id. */
  get #next(): number {
    return this.#first + this.#ids.length;
  }

  of(id: string): number | undefined {
    return this.#byId.get(id);
  }

  ids(): IterableIterator<string> {
    return this.#byId.keys();
  }

  /** Gives the id the next position, unless it has one. */
  add(id: string): void {
    if (this.#byId.has(id)) return;
    this.#byId.set(id, this.#next);
    this.#ids.push(id);
  }

  remove(id: string): boolean {
    const position = this.#byId.get(id);
    if (position === undefined) return false;
    this.#byId.delete(id);
    this.#ids[position - this.#first] = undefined;
    this.#removals += 1;
    this.#trim();
    return true;
  }

  clear(): void {
    this.#byId.clear();
    this.#ids = [];
    this.#first = 1;
    this.#empty = 0;
    this.#removals += 1;
  }

  /** Gives an id the position back that it had, or none. `rewind` completes it. */
  restore(id: string, position: number | undefined): void {
    if (position === undefined) this.#byId.delete(id);
    else this.#byId.set(id, position);
  }

  /** Returns to an earlier moment, after `restore` for each id that changed since. */
  rewind({ next, removals }: PositionsMark): void {
    if (removals === this.#removals) this.#ids.length = next - this.#first;
    else this.#rebuild(next);
  }

  /** The ids before the position, the latest first. */
  *down(position: number): Generator<string, void> {
    for (let index = Math.min(position - this.#first, this.#ids.length) - 1; index >= 0; index--) {
      const id = this.#ids[index];
      if (id !== undefined) yield id;
    }
  }

  /** The ids after the position, the earliest first. */
  *up(position: number): Generator<string, void> {
    for (let index = Math.max(position - this.#first + 1, 0); index < this.#ids.length; index++) {
      const id = this.#ids[index];
      if (id !== undefined) yield id;
    }
  }

  #rebuild(next: number): void {
    this.#first = next;
    for (const position of this.#byId.values()) this.#first = Math.min(this.#first, position);
    const ids = new Array<string | undefined>(next - this.#first).fill(undefined);
    for (const [id, position] of this.#byId) ids[position - this.#first] = id;
    this.#ids = ids;
    this.#empty = 0;
  }

  /** Records such as events are removed in the order of creation, which must not leave an ever longer list. */
  #trim(): void {
    while (this.#empty < this.#ids.length && this.#ids[this.#empty] === undefined) this.#empty += 1;
    if (this.#empty < MIN_TRIMMED || this.#empty * 2 < this.#ids.length) return;
    this.#ids = this.#ids.slice(this.#empty);
    this.#first += this.#empty;
    this.#empty = 0;
  }
}
