/** Writes a state file, at once or piece by piece beside the requests, and puts it in the place of the old one. */
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Replaces a file in one step: a reader, or a start after a crash, finds the old content or the new one. Returns the length
 * of the new one.
 */
export function replaceFile(path: string, pieces: Iterable<string>): number {
  const temporary = `${path}.tmp`;
  const file = openSync(temporary, 'w', 0o600);
  let bytes = 0;
  try {
    for (const piece of pieces) bytes += writeAll(file, Buffer.from(piece));
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(temporary, path);
  syncFolder(path);
  return bytes;
}

/** A file that is written while requests are answered. */
export interface Draft {
  /** Resolves with the length, or with undefined if it was given up. */
  readonly written: Promise<number | undefined>;
  /** Puts it in the place of the file. */
  publish(): void;
  giveUp(): void;
}

export function beginDraft(path: string, pieces: Iterable<string>): Draft {
  const temporary = `${path}.next`;
  let isWanted = true;
  const write = async (): Promise<number> => {
    const file = await open(temporary, 'w', 0o600);
    let bytes = 0;
    try {
      for (const piece of pieces) {
        if (!isWanted) break;
        // Requests are answered between the pieces.
        const text = Buffer.from(piece);
        await file.writeFile(text);
        bytes += text.byteLength;
      }
      if (isWanted) await file.sync();
    } finally {
      await file.close();
    }
    return bytes;
  };
  const written = async (): Promise<number | undefined> => {
    try {
      const bytes = await write();
      if (isWanted) return bytes;
    } catch (error) {
      removeDraft(path);
      throw error;
    }
    removeDraft(path);
    return undefined;
  };
  return {
    written: written(),
    publish: () => {
      renameSync(temporary, path);
      syncFolder(path);
    },
    giveUp: () => {
      isWanted = false;
    },
  };
}

/** Removes the draft of a process that ended before it was complete. */
export function removeDraft(path: string): void {
  rmSync(`${path}.next`, { force: true });
}

/** Writes all bytes and returns their number. */
export function writeAll(file: number, bytes: Buffer): number {
  for (let written = 0; written < bytes.byteLength; ) written += writeSync(file, bytes, written);
  return bytes.byteLength;
}

/** Waits until a new name in the folder of the file is on the disk, where the system can. */
function syncFolder(path: string): void {
  let folder: number;
  try {
    folder = openSync(dirname(path), 'r');
  } catch {
    // Windows opens no folders.
    return;
  }
  try {
    fsyncSync(folder);
  } catch {
    // Some file systems sync no folders.
  } finally {
    closeSync(folder);
  }
}
