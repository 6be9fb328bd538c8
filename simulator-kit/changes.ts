/** Collects the changes of the tables until they are written to the journal as one group, and puts such a group back. */
import { isRow, type KeptState, type Row, type RowChange } from './kept-state.ts';

/** `[table, row]` puts the row, `[table, id, kind]` deletes one, and `[table]` clears the table. */
type Change = readonly [string, Row] | readonly [string, string, 'delete' | 'drop'] | readonly [string];

export class Changes {
  #list: Change[] = [];
  /** Where the last version of each row is in the list: a row that changes several times is written once. */
  readonly #places = new Map<string, number>();

  get isEmpty(): boolean {
    return this.#list.length === 0;
  }

  add(name: string, change: RowChange): void {
    if (change.kind === 'put') {
      const key = `${name}/${change.row.id}`;
      const place = this.#places.get(key) ?? this.#list.length;
      this.#places.set(key, place);
      this.#list[place] = [name, change.row];
    } else if (change.kind === 'clear') {
      this.#places.clear();
      this.#list.push([name]);
    } else {
      this.#places.delete(`${name}/${change.id}`);
      this.#list.push([name, change.id, change.kind]);
    }
  }

  take(): readonly Change[] {
    const list = this.#list;
    this.#list = [];
    this.#places.clear();
    return list;
  }
}

/** Applies a group from the journal. Returns false if it is none. */
export function applyChanges(tables: KeptState['tables'], list: unknown): boolean {
  return Array.isArray(list) && list.every((change) => applied(tables, change));
}

function applied(tables: KeptState['tables'], change: unknown): boolean {
  if (!Array.isArray(change)) return false;
  const [name, subject, kind] = change as readonly unknown[];
  const table = typeof name === 'string' && Object.hasOwn(tables, name) ? tables[name] : undefined;
  if (table === undefined) return false;
  if (subject === undefined) table.clear();
  else if (isRow(subject)) table.put(subject);
  else if (typeof subject !== 'string') return false;
  else if (kind === 'drop' && table.drop !== undefined) table.drop(subject);
  else table.delete(subject);
  return true;
}
