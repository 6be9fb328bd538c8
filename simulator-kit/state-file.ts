/**
 * Keeps the state in a file, and what has changed since in a journal next to it. When the journal has become long, a new
 * state file is written between the requests, and replaces both.
 */
import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { applyChanges, Changes } from './changes.ts';
import { damaged, Journal, type JournalContent, readIfPresent, readJournal } from './journal.ts';
import {
  isObject,
  type KeptState,
  parseState,
  type RowChange,
  restoreRest,
  restoreState,
  type SavedState,
} from './kept-state.ts';
import { accessError, StateFileError } from './state-error.ts';
import { restoreText, textOf } from './state-text.ts';
import { beginDraft, type Draft, removeDraft, replaceFile } from './state-writer.ts';

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
  readonly #kept: KeptState;
  readonly #journal: Journal;
  readonly #changes = new Changes();
  #state = { id: null as string | null, bytes: 0 };
  /** The values outside the tables, as they were last written. */
  #values = '';
  #failure: StateFileError | undefined;
  #scheduled = false;
  #isLoading = false;
  #draft: Draft | undefined;
  #replacing: Promise<void> = Promise.resolve();

  constructor(options: StateFileOptions, kept: KeptState) {
    this.#options = options;
    this.#kept = kept;
    this.#journal = new Journal(journalPath(options.path));
  }

  load(): void {
    const { path } = this.#options;
    this.#attempt(() => {
      mkdirSync(dirname(path), { recursive: true });
      removeDraft(path);
    });
    this.#isLoading = true;
    const content = readIfPresent(path);
    const state = content === undefined ? undefined : this.#restore(content);
    this.#state = { id: state?.id ?? null, bytes: content?.byteLength ?? 0 };
    const journal = readJournal(journalPath(path));
    const from = continuationIn(path, state, journal);
    if (journal !== undefined && from !== undefined) this.#replay(journal, from);
    this.#values = this.#valuesText();
    this.#isLoading = false;
    if (state !== undefined && state.id === undefined) this.#writeState();
    this.#continue(journal, from);
  }

  #restore(content: Buffer): Omit<SavedState, 'tables'> {
    const { path } = this.#options;
    const head = restoreText(this.#kept, content);
    if (head !== undefined) return head;
    const state = parseState(content.toString('utf8'), path);
    restoreState(this.#kept, state);
    return state;
  }

  #continue(journal: JournalContent | undefined, from: number | undefined): void {
    const { id } = this.#state;
    if (journal === undefined || from === undefined) this.#journal.begin(id);
    else if (from === 0) this.#journal.resume(journal.bytes);
    else this.#journal.continueFrom({ from, to: journal.bytes }, id);
  }

  changed(name: string, change: RowChange): void {
    // Loading is no change.
    if (this.#isLoading) return;
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
      const counters = this.#kept.ids.counters();
      this.#journal.append({ changes: this.#changes.take(), counters, ...this.#kept.values() });
      const limit = Math.max(this.#options.minJournalBytes ?? MIN_JOURNAL_BYTES, this.#state.bytes);
      if (this.#draft === undefined && this.#journal.bytes > limit) this.#beginReplacing();
    });
  }

  /** Resolves once all changes so far are on the disk. Rejects if a change could not be written. */
  async durable(): Promise<void> {
    this.flush();
    await this.#journal.durable().catch((error: unknown) => this.#fail(error));
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Resolves when no new state file is being written. */
  replaced(): Promise<void> {
    return this.#replacing;
  }

  /** Replaces the state file by one that contains everything, and removes the journal. */
  async close(): Promise<void> {
    this.#draft?.giveUp();
    await this.#replacing;
    if (this.#failure !== undefined) return;
    this.#try(() => {
      this.#writeState();
      this.#journal.remove();
    });
  }

  /** Writes a new state file while requests go on. The journal holds what they change. */
  #beginReplacing(): void {
    const place = { id: randomUUID(), follows: this.#state.id, included: this.#journal.bytes };
    const draft = beginDraft(this.#options.path, textOf(this.#kept, place));
    this.#draft = draft;
    this.#replacing = draft.written
      .then((bytes) => {
        if (bytes === undefined) return;
        draft.publish();
        this.#state = { id: place.id, bytes };
        this.#journal.continueFrom({ from: place.included }, place.id);
      })
      .catch((error: unknown) => this.#fail(error))
      .finally(() => {
        this.#draft = undefined;
      });
  }

  #writeState(): void {
    const id = randomUUID();
    this.#changes.take();
    this.#attempt(() => {
      const bytes = replaceFile(this.#options.path, textOf(this.#kept, { id, follows: this.#state.id }));
      this.#state = { id, bytes };
    });
    this.#values = this.#valuesText();
  }

  #replay({ groups }: JournalContent, from: number): void {
    for (const { line, at, value } of groups) {
      if (at < from) continue;
      if (!isObject(value) || !applyChanges(this.#kept.tables, value['changes'])) {
        throw damaged(journalPath(this.#options.path), line);
      }
      restoreRest(this.#kept, value);
    }
  }

  #valuesText(): string {
    return JSON.stringify(this.#kept.values());
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

/** Returns the place from which the journal continues the state, and undefined if the state contains all of it. */
function continuationIn(
  path: string,
  state: Omit<SavedState, 'tables'> | undefined,
  journal: JournalContent | undefined,
): number | undefined {
  if (journal === undefined) return undefined;
  const id = state === undefined ? null : state.id;
  if (journal.after === id) return 0;
  // The process ended between writing a new state file and beginning its journal.
  if (state?.id !== undefined && journal.after === state.follows) return state.included;
  throw new StateFileError(
    `${journalPath(path)} does not continue ${path}: one of the two was replaced or deleted.`,
    'Restore both from the same copy, or delete both to start with an empty state.',
  );
}
