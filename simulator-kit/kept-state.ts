/** What a simulator keeps on the disk, and how the state file holds it as one JSON value. */
import { StateFileError } from './state-error.ts';

export const FORMAT_VERSION = 3;
/** The first format, which had no journal. */
const FORMAT_WITHOUT_JOURNAL = 1;
/** How much text is made at once, so that a large state does not hold up requests while it is written. */
const PIECE_LENGTH = 64 * 1024;

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

/** Returns the text of the state as it is now, in pieces that are made one by one. */
export function textOf(state: KeptState, place: StatePlace): Generator<string, void> {
  const head = JSON.stringify({
    version: FORMAT_VERSION,
    ...place,
    ...state.values(),
    counters: state.ids.counters(),
  });
  // Rows are replaced and never changed, so the lists show the state of this moment while the text is made.
  const lists = Object.entries(state.tables).map(([name, table]) => [name, table.oldestFirst()] as const);
  return pieces(head, lists);
}

function* pieces(
  head: string,
  lists: readonly (readonly [string, readonly Row[]])[],
): Generator<string, void> {
  let piece = `${head.slice(0, -1)},"tables":{`;
  for (const [index, [name, rows]] of lists.entries()) {
    piece += `${index === 0 ? '' : ','}${JSON.stringify(name)}:[`;
    for (const [place, row] of rows.entries()) {
      piece += place === 0 ? JSON.stringify(row) : `,${JSON.stringify(row)}`;
      if (piece.length < PIECE_LENGTH) continue;
      yield piece;
      piece = '';
    }
    piece += ']';
  }
  yield `${piece}}}`;
}

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
