/** Locks a directory for one local cloud, because two processes on the same database files would corrupt them. */
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';

export class DirectoryInUseError extends Error {
  override readonly name = 'DirectoryInUseError';

  constructor(directory: string, holder: number) {
    super(
      `${directory} is in use by another local cloud (process ${holder}). Stop that one, choose another ` +
        `directory with --directory, or keep nothing on disk with --ephemeral.`,
    );
  }
}

const heldHere = new Set<string>();
const MAX_ATTEMPTS = 3;

/**
 * Locks the directory for this process, and returns the function that unlocks it. Takes over the lock of a process that
 * no longer runs. Throws a `DirectoryInUseError` if another process holds the lock.
 */
export async function lockDirectory(directory: string): Promise<() => Promise<void>> {
  await mkdir(directory, { recursive: true });
  const file = path.resolve(directory, 'lock');
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
    if (await writeNew(file)) {
      heldHere.add(file);
      return async () => {
        if (heldHere.delete(file)) await rm(file, { force: true });
      };
    }
    const holder = await holderOf(file);
    if (holder !== undefined && isAlive(holder, file)) throw new DirectoryInUseError(directory, holder);
    await rm(file, { force: true });
  }
  throw new Error(
    `Cannot create ${file}: another process keeps creating it. Stop that process and try again.`,
  );
}

async function writeNew(file: string): Promise<boolean> {
  try {
    await writeFile(file, `${process.pid}\n`, { flag: 'wx' });
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

async function holderOf(file: string): Promise<number | undefined> {
  const text = await readFile(file, 'utf8').catch(() => '');
  const pid = Number.parseInt(text, 10);
  return Number.isSafeInteger(pid) && pid > 0 ? pid : undefined;
}

function isAlive(pid: number, file: string): boolean {
  // After a container restarts, this process can have the same pid as the one that left the lock behind.
  if (pid === process.pid) return heldHere.has(file);
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
