/**
 * Keeps the state in a file, and what has changed since in a journal next to it. When the journal has become long, a new
 * state file replaces both.
 */
import { randomUUID } from 'node:crypto';
import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import {
  damaged,
  Journal,
  type JournalContent,
  readIfPresent,
  readJournal,
} from '../../simulator-kit/journal.ts';
import { accessError, StateFileError } from '../../simulator-kit/state-error.ts';
import { applyChanges, Changes } from './changes.ts';
import {
  isObject,
  parseState,
  type Row,
  restoreState,
  restoreValues,
  type SavedState,
  type StateParts,
  stateOf,
  type TableName,
  valuesOf,
} from './saved-state.ts';
import type { TableChange } from './table.ts';

/** The journal is replaced when it is longer than this and than the state file. */
const MIN_JOURNAL_BYTES = 4 * 1024 * 1024;

export interface StateFileOptions {
  readonly path: string;
  /** Called once, when a change cannot be written. No request succeeds after that. */
  readonly onFailure: (error: StateFileError) => void;
  readonly minJournalBytes?: number | undefined;
}

export class StateFile {
  readonly #options: StateFileOptions;
  readonly #parts: StateParts;
  readonly #journal: Journal;
  readonly #changes = new Changes();
  #state = { id: null as string | null, bytes: 0 };
  /** The values outside the tables, as they were last written. */
  #values = '';
  #failure: StateFileError | undefined;
  #scheduled = false;

  constructor(options: StateFileOptions, parts: StateParts) {
    this.#options = options;
    this.#parts = parts;
    this.#journal = new Journal(journalPath(options.path));
  }

  load(): void {
    const { path } = this.#options;
    this.#attempt(() => mkdirSync(dirname(path), { recursive: true }));
    const text = readIfPresent(path)?.toString('utf8');
    const state = text === undefined ? undefined : parseState(text, path);
    if (state !== undefined) restoreState(this.#parts, state);
    this.#state = { id: state?.id ?? null, bytes: text?.length ?? 0 };
    const journal = continuationOf(path, state, readJournal(journalPath(path)));
    if (journal !== undefined) this.#replay(journal);
    this.#values = this.#valuesText();
    // Loading is no change.
    this.#changes.take();
    if (journal !== undefined) this.#journal.resume(journal.bytes);
    else if (state !== undefined && state.id === undefined) this.#compact();
    else this.#journal.begin(this.#state.id);
  }

  changed(name: TableName, change: TableChange<Row>): void {
    this.#changes.add(name, change);
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.flush();
    });
  }

  /** Writes all changes to the journal. They survive the end of the process from then on. */
  flush(): void {
    if (this.#failure !== undefined) return;
    const text = this.#valuesText();
    // A request that changes nothing takes an id too, which need not be remembered.
    if (this.#changes.isEmpty && text === this.#values) return;
    this.#values = text;
    this.#try(() => {
      const counters = this.#parts.ids.counters();
      this.#journal.append({ changes: this.#changes.take(), counters, ...valuesOf(this.#parts) });
      const limit = Math.max(this.#options.minJournalBytes ?? MIN_JOURNAL_BYTES, this.#state.bytes);
      if (this.#journal.bytes > limit) this.#compact();
    });
  }

  /** Resolves once all changes so far are on the disk. Rejects if a change could not be written. */
  async durable(): Promise<void> {
    this.flush();
    await this.#journal.durable().catch((error: unknown) => this.#fail(error));
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Replaces the state file by one that contains everything, and removes the journal. */
  save(): void {
    if (this.#failure !== undefined) return;
    this.#try(() => {
      this.#writeState();
      this.#journal.remove();
    });
  }

  #compact(): void {
    this.#writeState();
    this.#journal.begin(this.#state.id);
  }

  #writeState(): void {
    const id = randomUUID();
    this.#changes.take();
    const text = JSON.stringify({ ...stateOf(this.#parts), id, follows: this.#state.id });
    this.#attempt(() => replaceFile(this.#options.path, text));
    this.#state = { id, bytes: text.length };
    this.#values = this.#valuesText();
  }

  #replay({ groups }: JournalContent): void {
    for (const { line, value } of groups) {
      if (!isObject(value) || !applyChanges(this.#parts.store, value['changes'])) {
        throw damaged(journalPath(this.#options.path), line);
      }
      restoreValues(this.#parts, value);
    }
  }

  #valuesText(): string {
    return JSON.stringify(valuesOf(this.#parts));
  }

  #attempt(change: () => void): void {
    try {
      change();
    } catch (error) {
      throw accessError('write', this.#options.path, error);
    }
  }

  #try(change: () => void): void {
    try {
      change();
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    if (this.#failure !== undefined) return;
    this.#failure = error instanceof StateFileError ? error : accessError('write', this.#options.path, error);
    this.#options.onFailure(this.#failure);
  }
}

function journalPath(path: string): string {
  return `${path}.journal`;
}

/** Returns the journal if it continues the state, and undefined if the state contains it. */
function continuationOf(
  path: string,
  state: SavedState | undefined,
  journal: JournalContent | undefined,
): JournalContent | undefined {
  if (journal === undefined) return undefined;
  const id = state === undefined ? null : state.id;
  if (journal.after === id) return journal;
  // The process ended between writing a new state file and beginning its journal.
  if (state?.id !== undefined && journal.after === state.follows) return undefined;
  throw new StateFileError(
    `${journalPath(path)} does not continue ${path}: one of the two was replaced or deleted.`,
    'Restore both from the same copy, or delete both to start with an empty state.',
  );
}

/** Replaces a file in one step: a reader, or a start after a crash, finds the old content or the new one. */
function replaceFile(path: string, text: string): void {
  const temporary = `${path}.tmp`;
  const file = openSync(temporary, 'w', 0o600);
  try {
    writeFileSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(temporary, path);
}
