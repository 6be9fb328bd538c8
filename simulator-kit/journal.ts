/**
 * The journal of changes since the state file was written. Each line is one group of changes with a checksum. A group is
 * on the disk before a client learns of it, and a line that was only half written counts as not written.
 */
import { closeSync, fdatasync, ftruncateSync, openSync, readFileSync, rmSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { accessError, codeOf, StateFileError } from './state-error.ts';
import { replaceFile, writeAll } from './state-writer.ts';

const CHECKSUM_LENGTH = 8;
const NEWLINE = 10;

export interface JournalContent {
  /** The id of the state file that the journal continues. Null: the journal continues an empty state. */
  readonly after: string | null;
  /** The groups of changes, with the number of the line of each and the place where it begins. */
  readonly groups: readonly { readonly line: number; readonly at: number; readonly value: unknown }[];
  /** The length of the complete lines. */
  readonly bytes: number;
}

/** Returns the content of the journal, or undefined if there is none. Throws a `StateFileError` if it is damaged. */
export function readJournal(path: string): JournalContent | undefined {
  const content = readIfPresent(path);
  if (content === undefined) return undefined;
  // What follows the last line break was being written when the process ended.
  const bytes = content.lastIndexOf(NEWLINE) + 1;
  if (bytes === 0) return undefined;
  const lines = content
    .subarray(0, bytes - 1)
    .toString('utf8')
    .split('\n');
  let next = 0;
  const [header, ...groups] = lines.map((text, index) => {
    const at = next;
    next += Buffer.byteLength(text) + 1;
    return { line: index + 1, at, value: valueOf(path, index + 1, text) };
  });
  const after = afterOf(header?.value);
  if (after === undefined) throw damaged(path, 1);
  return { after, groups, bytes };
}

export function damaged(path: string, line: number, cause?: unknown): StateFileError {
  return new StateFileError(
    `${path} is damaged in line ${line}: it was changed after it was written.`,
    'Restore it and the state file next to it from a copy, or delete both to start with an empty state.',
    { cause },
  );
}

export class Journal {
  readonly #path: string;
  #file: number | undefined;
  #bytes = 0;
  #unsynced = false;
  #syncing: Promise<void> | undefined;
  #nextSync: Promise<void> | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  /** The length of the file. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Begins an empty journal, which replaces the one before in one step. */
  begin(after: string | null): void {
    this.#begin(lineOf({ journal_after: after }));
  }

  /** Begins a journal with the groups between two places in the one before. */
  continueFrom({ from, to }: { readonly from: number; readonly to?: number }, after: string | null): void {
    this.#attempt(() => {
      const kept = readFileSync(this.#path).subarray(from, to).toString('utf8');
      this.#begin(lineOf({ journal_after: after }) + kept);
    });
  }

  /** Continues after the complete lines of a journal that was read. */
  resume(bytes: number): void {
    this.#attempt(() => {
      const file = this.#open(bytes);
      ftruncateSync(file, bytes);
    });
  }

  /** Writes a group of changes. It survives the end of the process; `durable` waits until it also survives a power cut. */
  append(group: unknown): void {
    const line = lineOf(group);
    this.#attempt(() => {
      if (this.#file === undefined) throw new Error('The journal is closed.');
      this.#bytes += writeAll(this.#file, Buffer.from(line));
      this.#unsynced = true;
    });
  }

  /** Resolves once everything appended so far is on the disk. Concurrent callers share the work. */
  durable(): Promise<void> {
    if (!this.#unsynced) return this.#syncing ?? Promise.resolve();
    // A sync that has begun may not include the last line, so callers wait for the next one.
    this.#nextSync ??= (this.#syncing ?? Promise.resolve()).then(() => {
      this.#nextSync = undefined;
      this.#syncing = this.#sync().finally(() => {
        this.#syncing = undefined;
      });
      return this.#syncing;
    });
    return this.#nextSync;
  }

  /** Removes the journal, once a state file contains its changes. */
  remove(): void {
    this.#close();
    this.#attempt(() => rmSync(this.#path, { force: true }));
  }

  #begin(content: string): void {
    this.#attempt(() => {
      this.#open(replaceFile(this.#path, [content]));
    });
  }

  #open(bytes: number): number {
    this.#close();
    const file = openSync(this.#path, 'a', 0o600);
    this.#file = file;
    this.#bytes = bytes;
    this.#unsynced = false;
    return file;
  }

  #close(): void {
    const file = this.#file;
    if (file === undefined) return;
    this.#file = undefined;
    // The system could give the number to another file while a sync still uses it.
    if (this.#syncing === undefined) closeSync(file);
    else void this.#syncing.catch(() => undefined).then(() => closeSync(file));
  }

  #sync(): Promise<void> {
    const file = this.#file;
    this.#unsynced = false;
    if (file === undefined) return Promise.resolve();
    return new Promise((resolve, reject) => {
      fdatasync(file, (error) => {
        if (error === null || hasNoDisk(error)) resolve();
        else reject(accessError('write', this.#path, error));
      });
    });
  }

  #attempt(change: () => void): void {
    try {
      change();
    } catch (error) {
      throw accessError('write', this.#path, error);
    }
  }
}

/** Returns whether the file is on no disk, so that there is nothing to wait for. */
function hasNoDisk(error: Error): boolean {
  return ['EINVAL', 'ENOTSUP'].includes(codeOf(error));
}

function lineOf(value: unknown): string {
  const json = JSON.stringify(value);
  return `${checksumOf(json)} ${json}\n`;
}

function valueOf(path: string, line: number, text: string): unknown {
  const json = text.slice(CHECKSUM_LENGTH + 1);
  if (text.slice(0, CHECKSUM_LENGTH + 1) !== `${checksumOf(json)} `) throw damaged(path, line);
  try {
    return JSON.parse(json) as unknown;
  } catch (cause) {
    throw damaged(path, line, cause);
  }
}

function checksumOf(json: string): string {
  return crc32(json).toString(16).padStart(CHECKSUM_LENGTH, '0');
}

function afterOf(header: unknown): string | null | undefined {
  if (typeof header !== 'object' || header === null || !('journal_after' in header)) return undefined;
  const { journal_after: after } = header;
  return typeof after === 'string' || after === null ? after : undefined;
}

export function readIfPresent(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw accessError('read', path, error);
  }
}
