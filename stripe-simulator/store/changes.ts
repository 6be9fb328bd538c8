/** Collects the changes of the tables until they are written to the journal as one group, and puts such a group back. */
import { isRow, type Row, type TableName, tableOf } from './saved-state.ts';
import { type Store, tableNames } from './store.ts';
import type { TableChange } from './table.ts';

/** `[table, row]` puts the row, `[table, id, kind]` deletes one, and `[table]` clears the table. */
type Change =
  | readonly [TableName, Row]
  | readonly [TableName, string, 'delete' | 'drop']
  | readonly [TableName];

export class Changes {
  #list: Change[] = [];
  /** Where the last version of each row is in the list: a row that changes several times is written once. */
  readonly #places = new Map<string, number>();

  get isEmpty(): boolean {
    return this.#list.length === 0;
  }

  add(name: TableName, change: TableChange<Row>): void {
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
export function applyChanges(store: Store, list: unknown): boolean {
  return Array.isArray(list) && list.every((change) => applied(store, change));
}

function applied(store: Store, change: unknown): boolean {
  if (!Array.isArray(change)) return false;
  const [name, subject, kind] = change as readonly unknown[];
  const known = tableNames.find((one) => one === name);
  if (known === undefined) return false;
  const table = tableOf(store, known);
  if (subject === undefined) table.clear();
  else if (isRow(subject)) table.put(subject);
  else if (typeof subject === 'string' && kind === 'drop') table.drop(subject);
  else if (typeof subject === 'string') table.delete(subject);
  else return false;
  return true;
}
