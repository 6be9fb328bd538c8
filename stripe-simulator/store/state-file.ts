/** Saves the complete state to one JSON file atomically, and loads it at the start. */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { SimulatorClock } from '../time/simulator-clock.ts';
import type { Ids } from './ids.ts';
import { type Records, type Store, tableNames } from './store.ts';
import type { Table } from './table.ts';

const FORMAT_VERSION = 1;
const DEBOUNCE_MS = 200;
/** The pause after a save is this many times the duration of the save, because large states take long to write. */
const REST_FACTOR = 10;

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
  readonly tables: Readonly<Partial<{ [K in keyof Records]: readonly Records[K][] }>>;
}

export class StateFile {
  readonly #path: string;
  readonly #memory: PersistedParts;
  #timer: NodeJS.Timeout | undefined;
  #lastSaveMs = 0;

  constructor(path: string, memory: PersistedParts) {
    this.#path = path;
    this.#memory = memory;
  }

  load(): void {
    const text = this.#read();
    if (text === undefined) return;
    const state = parseState(text, this.#path);
    this.#memory.clock.resume(state.clock_ahead_ms);
    this.#memory.ids.resume(state.counters);
    for (const name of tableNames) {
      const table = this.#memory.store[name] as unknown as Table<{ readonly id: string }>;
      for (const row of state.tables[name] ?? []) table.put(row);
    }
  }

  saveSoon(): void {
    if (this.#timer !== undefined) return;
    const delayMs = Math.max(DEBOUNCE_MS, this.#lastSaveMs * REST_FACTOR);
    this.#timer = setTimeout(() => this.save(), delayMs);
    this.#timer.unref();
  }

  save(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const startedAt = performance.now();
    const { store, ids, clock } = this.#memory;
    const tables = Object.fromEntries(tableNames.map((name) => [name, store[name].oldestFirst()]));
    const state: SavedState = {
      version: FORMAT_VERSION,
      clock_ahead_ms: clock.aheadMs,
      counters: ids.counters(),
      tables,
    };
    mkdirSync(dirname(this.#path), { recursive: true });
    // Write and rename: a reader, or a start after a crash, finds the old file or the new one, never a partial one.
    const temporary = `${this.#path}.${process.pid}.tmp`;
    writeFileSync(temporary, JSON.stringify(state));
    renameSync(temporary, this.#path);
    this.#lastSaveMs = performance.now() - startedAt;
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
