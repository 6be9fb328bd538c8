/** Saves the complete state to one JSON file atomically, and loads it at the start. */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { SimulatorClock } from '../time/simulator-clock.ts';
import type { Ids } from './ids.ts';
import { type Store, tableNames } from './store.ts';
import type { Table } from './table.ts';

const FORMAT_VERSION = 1;
const DEBOUNCE_MS = 200;

interface Row {
  readonly id: string;
}

interface PersistedParts {
  readonly store: Store;
  readonly ids: Ids;
  readonly clock: SimulatorClock;
}

interface SavedState {
  readonly version: number;
  /** The offset of the simulator's clock. */
  readonly clock_ahead_ms: number;
  readonly counters: Readonly<Record<string, number>>;
  readonly tables: Readonly<Partial<Record<(typeof tableNames)[number], readonly Row[]>>>;
}

export class StateFile {
  readonly #path: string;
  readonly #parts: PersistedParts;
  #timer: NodeJS.Timeout | undefined;

  constructor(path: string, parts: PersistedParts) {
    this.#path = path;
    this.#parts = parts;
  }

  load(): void {
    const text = this.#read();
    if (text === undefined) return;
    const state = parseState(text, this.#path);
    const { store, ids, clock } = this.#parts;
    clock.resume(state.clock_ahead_ms);
    ids.resume(state.counters);
    for (const name of tableNames) {
      const table = store[name] as unknown as Table<Row>;
      for (const row of state.tables[name] ?? []) table.put(row);
    }
  }

  saveSoon(): void {
    if (this.#timer !== undefined) return;
    this.#timer = setTimeout(() => this.save(), DEBOUNCE_MS);
    this.#timer.unref();
  }

  save(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const { store, ids, clock } = this.#parts;
    const state: SavedState = {
      version: FORMAT_VERSION,
      clock_ahead_ms: clock.aheadMs,
      counters: ids.counters(),
      tables: Object.fromEntries(tableNames.map((name) => [name, store[name].oldestFirst()])),
    };
    mkdirSync(dirname(this.#path), { recursive: true });
    // Write and rename: a reader, or a start after a crash, finds the old file or the new one, never a partial one.
    const temporary = `${this.#path}.${process.pid}.tmp`;
    writeFileSync(temporary, JSON.stringify(state));
    renameSync(temporary, this.#path);
  }

  #read(): string | undefined {
    try {
      return readFileSync(this.#path, 'utf8');
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
      throw error;
    }
  }
}

function parseState(text: string, path: string): SavedState {
  let state: Partial<SavedState> | null;
  try {
    state = JSON.parse(text) as Partial<SavedState> | null;
  } catch (cause) {
    throw new Error(
      `The simulator's state file ${path} is not valid JSON. Delete it to start with an empty state.`,
      { cause },
    );
  }
  if (state?.version !== FORMAT_VERSION || state.tables === undefined || state.counters === undefined) {
    throw new Error(
      `The simulator's state file ${path} is in an unsupported format. Delete it to start with an empty state.`,
    );
  }
  const { tables, counters, clock_ahead_ms = 0 } = state;
  return { version: FORMAT_VERSION, clock_ahead_ms, tables, counters };
}
