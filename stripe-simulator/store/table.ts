/** A table of records in creation order. It remembers the position of deleted records, which pagination needs. */
import { Positions, type PositionsMark } from './positions.ts';
import { type Indexes, ValueIndex } from './value-index.ts';

/** Which rows of a list are wanted. */
export interface Wanted<T> {
  readonly limit: number;
  readonly keep: (row: T) => boolean;
  /** Looks only at the rows with this value in the index. */
  readonly within?: Within | undefined;
}

interface Within {
  readonly index: string;
  readonly value: string;
  readonly ignoresCase?: boolean;
}

/** A change of a table, for those who keep a copy of it. */
export type TableChange<T> =
  | { readonly kind: 'put'; readonly row: T }
  | { readonly kind: 'delete' | 'drop'; readonly id: string }
  | { readonly kind: 'clear' };

/** What a rollback needs: each changed row as it was, and what was not announced yet. */
interface Undo<T> {
  readonly before: Map<string, { readonly row: T | undefined; readonly position: number | undefined }>;
  readonly changes: TableChange<T>[];
  readonly mark: PositionsMark;
}

export class Table<T extends { readonly id: string }> {
  /** A row of the state file stays text until something reads it: nothing asks for most events. */
  readonly #rows = new Map<string, T | string>();
  readonly #positions = new Positions();
  readonly #changed: (change: TableChange<T>) => void;
  readonly #index: ValueIndex<T>;
  /** The index is made when it is first needed, so that a start does not read every row. */
  #isIndexed = true;
  readonly #watchers = new Set<(row: T) => void>();
  #undo: Undo<T> | undefined;

  constructor(changed: (change: TableChange<T>) => void, indexes: Indexes<T> = {}) {
    this.#changed = changed;
    this.#index = new ValueIndex(indexes);
  }

  get size(): number {
    return this.#rows.size;
  }

  /** The names of the indexes. */
  get indexes(): readonly string[] {
    return this.#index.names;
  }

  /** Calls the watcher with every row that is written, until the returned function is called. */
  watch(watcher: (row: T) => void): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  get(id: string): T | undefined {
    const row = this.#rows.get(id);
    return typeof row === 'string' ? this.#parsed(id, row) : row;
  }

  /** From now on, changes are announced only when they are committed. Watchers see them at once. */
  begin(): void {
    this.#undo = { before: new Map(), changes: [], mark: this.#positions.mark() };
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
      const current = this.get(id);
      const seen = row ?? current;
      if (seen !== undefined) touched.push(seen);
      returned ||= row !== undefined && current === undefined;
      this.#indexChange(current, row);
      if (row === undefined) this.#rows.delete(id);
      else this.#rows.set(id, row);
      this.#positions.restore(id, position);
    }
    this.#positions.rewind(undo.mark);
    if (returned) this.#sort();
    return () => {
      for (const row of touched) for (const watcher of this.#watchers) watcher(row);
    };
  }

  put(row: T): T {
    this.#remember(row.id);
    this.#positions.add(row.id);
    this.#indexChange(this.get(row.id), row);
    this.#rows.set(row.id, row);
    this.#announce({ kind: 'put', row });
    for (const watcher of this.#watchers) watcher(row);
    return row;
  }

  /** Puts a row of the state file back. */
  putText(id: string, text: string): void {
    this.#positions.add(id);
    this.#rows.set(id, text);
    this.#isIndexed = false;
  }

  /** Deletes the row but keeps its position, so that it remains valid as a cursor. */
  delete(id: string): void {
    this.#remember(id);
    this.#indexChange(this.get(id), undefined);
    if (this.#rows.delete(id)) this.#announce({ kind: 'delete', id });
  }

  /** Deletes the row and its position; for records that no list uses as a cursor. */
  drop(id: string): void {
    this.#remember(id);
    this.#indexChange(this.get(id), undefined);
    const existed = this.#rows.delete(id);
    if (this.#positions.remove(id) || existed) this.#announce({ kind: 'drop', id });
  }

  /** Returns the row's position in creation order, also after the row was deleted. */
  position(id: string): number | undefined {
    return this.#positions.of(id);
  }

  /** Returns the first wanted rows before a position, newest first. */
  newestBefore(position: number, wanted: Wanted<T>): T[] {
    const { within } = wanted;
    const ids = within === undefined ? this.#positions.down(position) : this.#idsWith(within).toReversed();
    return this.#taken(ids, wanted, (id) => (this.position(id) ?? 0) < position);
  }

  /** Returns the first wanted rows after a position, oldest first. */
  oldestAfter(position: number, wanted: Wanted<T>): T[] {
    const { within } = wanted;
    const ids = within === undefined ? this.#positions.up(position) : this.#idsWith(within);
    return this.#taken(ids, wanted, (id) => (this.position(id) ?? 0) > position);
  }

  #taken(ids: Iterable<string>, { limit, keep }: Wanted<T>, isInRange: (id: string) => boolean): T[] {
    const rows: T[] = [];
    for (const id of ids) {
      if (rows.length >= limit) break;
      const row = this.get(id);
      if (row !== undefined && isInRange(id) && keep(row)) rows.push(row);
    }
    return rows;
  }

  oldest(): T | undefined {
    const id = this.#rows.keys().next().value;
    return id === undefined ? undefined : this.get(id);
  }

  oldestFirst(): T[] {
    return Array.from(this.#rows, ([id, row]) => (typeof row === 'string' ? this.#parsed(id, row) : row));
  }

  /** Returns the rows for the state file, oldest first. Those that nothing has read are still text. */
  content(): (T | string)[] {
    return [...this.#rows.values()];
  }

  newestFirst(): T[] {
    return this.oldestFirst().reverse();
  }

  /** Returns the rows with the given index value, oldest first. */
  where(index: string, value: string): T[] {
    return this.#idsWith({ index, value }).flatMap((id) => this.get(id) ?? []);
  }

  #idsWith({ index, value, ignoresCase = false }: Within): string[] {
    const found = this.#madeIndex().idsWith(index, value);
    const ids = ignoresCase ? found : found.filter((id) => this.#index.has(this.get(id), { index, value }));
    return ids.sort((a, b) => (this.position(a) ?? 0) - (this.position(b) ?? 0));
  }

  clear(): void {
    for (const id of this.#positions.ids()) this.#remember(id);
    this.#rows.clear();
    this.#positions.clear();
    this.#index.clear();
    this.#isIndexed = true;
    this.#announce({ kind: 'clear' });
  }

  #announce(change: TableChange<T>): void {
    if (this.#undo === undefined) this.#changed(change);
    else this.#undo.changes.push(change);
  }

  #parsed(id: string, text: string): T {
    const row = JSON.parse(text) as T;
    this.#rows.set(id, row);
    return row;
  }

  #indexChange(before: T | undefined, after: T | undefined): void {
    if (this.#isIndexed) this.#index.change(before, after);
  }

  #madeIndex(): ValueIndex<T> {
    if (this.#isIndexed) return this.#index;
    this.#index.clear();
    for (const row of this.oldestFirst()) this.#index.change(undefined, row);
    this.#isIndexed = true;
    return this.#index;
  }

  #remember(id: string): void {
    const before = this.#undo?.before;
    if (before?.has(id) === false) before.set(id, { row: this.get(id), position: this.position(id) });
  }

  /** Puts the rows in the order of their positions. */
  #sort(): void {
    const rows = [...this.#rows].sort(([a], [b]) => (this.position(a) ?? 0) - (this.position(b) ?? 0));
    this.#rows.clear();
    for (const [id, row] of rows) this.#rows.set(id, row);
  }
}
