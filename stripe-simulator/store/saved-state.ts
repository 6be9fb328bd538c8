/** The complete state as one JSON value: how it is taken, checked and put back. */

import { StateFileError } from '../../simulator-kit/state-error.ts';
import type { SimulatorClock } from '../time/simulator-clock.ts';
import { type AccountState, restoreAccount, type SavedAccount, savedAccount } from './account-state.ts';
import type { Ids } from './ids.ts';
import { type Records, type Store, tableNames } from './store.ts';
import type { Table } from './table.ts';

export const FORMAT_VERSION = 2;
/** The first format, which had no journal. */
const FORMAT_WITHOUT_JOURNAL = 1;

export interface StateParts {
  readonly store: Store;
  readonly ids: Ids;
  readonly clock: SimulatorClock;
  readonly account: AccountState;
}

export type TableName = keyof Records;

export interface Row {
  readonly id: string;
}

/** What is not in a table. */
export interface SavedValues {
  /** The offset of the simulator's clock. */
  readonly clock_ahead_ms?: number;
  readonly counters?: Readonly<Record<string, number>>;
  readonly account?: SavedAccount;
}

export interface SavedState extends SavedValues {
  readonly version: number;
  /** Names this state for the journal that continues it. The first format has none. */
  readonly id?: string;
  /** The id of the state whose journal is included in this one. */
  readonly follows?: string | null;
  readonly tables: Readonly<Partial<Record<TableName, readonly Row[]>>>;
}

export function tableOf(store: Store, name: TableName): Table<Row> {
  return store[name] as unknown as Table<Row>;
}

/** Returns what is not in a table, except the counters of the ids. */
export function valuesOf({ clock, account }: StateParts): SavedValues {
  return { clock_ahead_ms: clock.aheadMs, account: savedAccount(account) };
}

export function stateOf(parts: StateParts): SavedState {
  const { store, ids } = parts;
  return {
    version: FORMAT_VERSION,
    ...valuesOf(parts),
    counters: ids.counters(),
    tables: Object.fromEntries(tableNames.map((name) => [name, store[name].oldestFirst()])),
  };
}

/** Adds the state to an empty store. */
export function restoreState(parts: StateParts, state: SavedState): void {
  restoreValues(parts, state);
  for (const name of tableNames) {
    const table = tableOf(parts.store, name);
    for (const row of state.tables[name] ?? []) table.put(row);
  }
}

export function restoreValues({ clock, ids, account }: StateParts, values: SavedValues): void {
  if (values.clock_ahead_ms !== undefined) clock.resume(values.clock_ahead_ms);
  if (values.counters !== undefined) ids.resume(values.counters);
  if (values.account !== undefined) restoreAccount(account, values.account);
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
  const known = version === FORMAT_VERSION || version === FORMAT_WITHOUT_JOURNAL;
  if (!known || !isObject(state) || !isObject(state['tables']) || !isObject(state['counters'])) {
    throw unusable(`The simulator's state file ${path} is in an unsupported format.`);
  }
  for (const name of tableNames) {
    const rows = state['tables'][name] ?? [];
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
