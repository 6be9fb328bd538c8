/** Replaces a file in one step: a reader, or a start after a crash, finds the old content or the new one. */
import { closeSync, fdatasyncSync, openSync, renameSync, writeSync } from 'node:fs';
import { open, rename } from 'node:fs/promises';
import { fileFailure } from './failure.ts';

/** The file is readable for this user only. */
export async function replaceFile(file: string, text: string): Promise<void> {
  const temporary = `${file}.tmp`;
  try {
    const handle = await open(temporary, 'w', 0o600);
    try {
      await handle.writeFile(text);
      await handle.datasync();
    } finally {
      await handle.close();
    }
    await rename(temporary, file);
  } catch (error) {
    throw fileFailure('write', file, error);
  }
}

/** The same, before anything else runs: for what must be on the disk before its request is answered. */
export function replaceFileNow(file: string, text: string): void {
  const temporary = `${file}.tmp`;
  try {
    const descriptor = openSync(temporary, 'w', 0o600);
    try {
      writeSync(descriptor, text);
      fdatasyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    renameSync(temporary, file);
  } catch (error) {
    throw fileFailure('write', file, error);
  }
}
