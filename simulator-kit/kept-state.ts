/** What a simulator keeps on the disk, and how it is restored from one JSON value. */
import { StateFileError } from './state-error.ts';

export const FORMAT_VERSION = 3;
/** The first format, which had no journal. */
const FORMAT_WITHOUT_JOURNAL = 1;

export interface Row {
  readonly id: string;
}

/** A change of a table. A deleted row may keep its place in the order of its table, and a dropped one does not. */
export type RowChange =
  | { readonly kind: 'put'; readonly row: Row }
  | { readonly kind: 'delete' | 'drop'; readonly id: string }
  | { readonly kind: 'clear' };

export interface KeptTable {
  put(row: Row): unknown;
  delete(id: string): void;
  drop?(id: string): void;
  clear(): void;
  oldestFirst(): readonly Row[];
  /** Puts a row as its text, which the table may leave as it is until something reads the row. */
  putText?(id: string, text: string): void;
  /** Returns what `oldestFirst` does, with the text of those rows that nothing has read. */
  content?(): readonly (Row | string)[];
}

export interface KeptState {
  readonly tables: Readonly<Record<string, KeptTable>>;
  readonly ids: {
    counters(): Readonly<Record<string, number>>;
    resume(counters: Readonly<Record<string, number>>): void;
  };
  /** What is not in a table. */
  readonly values: () => object;
  readonly restoreValues: (values: Readonly<Record<string, unknown>>) => void;
}

export interface SavedState {
  readonly version: number;
  /** Names this state for the journal that continues it. The first format has none. */
  readonly id?: string;
  /** The id of the state whose journal this one contains. */
  readonly follows?: string | null;
  /** The length of the part of that journal that this state contains. Undefined: all of it. */
  readonly included?: number;
  readonly counters: Readonly<Record<string, number>>;
  readonly tables: Readonly<Record<string, readonly Row[]>>;
}

/** The place of a state in the sequence of states and journals. */
export type StatePlace = Required<Pick<SavedState, 'id' | 'follows'>> & Pick<SavedState, 'included'>;

/** Adds a saved state to empty tables. */
export function restoreState(state: KeptState, saved: SavedState): void {
  restoreRest(state, saved);
  for (const [name, table] of Object.entries(state.tables)) {
    for (const row of saved.tables[name] ?? []) table.put(row);
  }
}

/** Restores what is not in a table. */
export function restoreRest(state: KeptState, saved: object): void {
  const values = { ...saved } as Readonly<Record<string, unknown>>;
  state.restoreValues(values);
  if (isObject(values['counters'])) state.ids.resume(values['counters'] as Record<string, number>);
}

/** Returns the state in a text. Throws a `StateFileError` that names the file. */
export function parseState(text: string, path: string): SavedState {
  let state: unknown;
  try {
    state = JSON.parse(text);
  } catch (cause) {
    throw unusable(`The simulator's state file ${path} is not valid JSON.`, cause);
  }
  const version = isObject(state) ? state['version'] : undefined;
  if (typeof version === 'number' && version > FORMAT_VERSION) {
    throw new StateFileError(
      `The simulator's state file ${path} is in format ${version}, which a newer version of the simulator wrote; this one reads up to ${FORMAT_VERSION}.`,
      'Start that version, choose another file, or delete it to start with an empty state.',
    );
  }
  const known = Number.isInteger(version) && Number(version) >= FORMAT_WITHOUT_JOURNAL;
  if (!known || !isObject(state) || !isObject(state['tables']) || !isObject(state['counters'])) {
    throw unusable(`The simulator's state file ${path} is in an unsupported format.`);
  }
  for (const [name, rows] of Object.entries(state['tables'])) {
    if (!Array.isArray(rows) || !rows.every(isRow)) {
      throw unusable(`The simulator's state file ${path} is damaged: tables.${name} is no list of records.`);
    }
  }
  return state as unknown as SavedState;
}

export function isRow(value: unknown): value is Row {
  return isObject(value) && typeof value['id'] === 'string';
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function unusable(problem: string, cause?: unknown): StateFileError {
  const advice = 'Delete it to start with an empty state, or restore it from a copy.';
  return new StateFileError(problem, advice, { cause });
}
