/** A min-heap of scheduled work, ordered by time and then by insertion. */

export interface Scheduled {
  readonly at: number;
  readonly key: string;
}

interface Entry extends Scheduled {
  readonly order: number;
}

export class DueHeap {
  readonly #entries: Entry[] = [];
  #count = 0;

  get size(): number {
    return this.#entries.length;
  }

  peek(): Scheduled | undefined {
    return this.#entries[0];
  }

  push(scheduled: Scheduled): void {
    const entries = this.#entries;
    const entry = { ...scheduled, order: this.#count++ };
    entries.push(entry);
    let index = entries.length - 1;
    while (index > 0) {
      const up = (index - 1) >> 1;
      if (!isEarlier(entry, entries[up])) break;
      this.#swap(index, up);
      index = up;
    }
  }

  pop(): Scheduled | undefined {
    const entries = this.#entries;
    const [first] = entries;
    const last = entries.pop();
    if (last === undefined || entries.length === 0) return first;
    entries[0] = last;
    this.#sink();
    return first;
  }

  #sink(): void {
    const entries = this.#entries;
    let index = 0;
    while (index < entries.length) {
      const left = 2 * index + 1;
      const smaller = isEarlier(entries[left + 1], entries[left]) ? left + 1 : left;
      if (!isEarlier(entries[smaller], entries[index])) return;
      this.#swap(index, smaller);
      index = smaller;
    }
  }

  #swap(a: number, b: number): void {
    const entries = this.#entries;
    const [first, second] = [entries[a], entries[b]];
    if (first === undefined || second === undefined) return;
    entries[a] = second;
    entries[b] = first;
  }
}

function isEarlier(a: Entry | undefined, b: Entry | undefined): boolean {
  if (a === undefined || b === undefined) return false;
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}
