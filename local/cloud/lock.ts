/** Locks a directory for one local cloud, because two processes on the same database files would corrupt them. */
import { randomUUID } from 'node:crypto';
import { link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileFailure } from './failure.ts';
import { type Holder, holderIn, isHolding, thisProcess } from './lock-holder.ts';

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
/** The last call for each file. Two calls of one process would take each other's new lock for one that was left behind. */
const lastHere = new Map<string, Promise<unknown>>();
const MAX_ATTEMPTS = 20;

/**
 * Locks the directory for this process, and returns the function that unlocks it. Takes over the lock of a process that
 * no longer runs. Throws a `DirectoryInUseError` if another process holds the lock.
 */
export function lockDirectory(directory: string): Promise<() => Promise<void>> {
  const file = path.resolve(directory, 'lock');
  const before = lastHere.get(file) ?? Promise.resolve();
  const locked = before.then(() => lock(directory, file));
  lastHere.set(
    file,
    locked.catch(() => undefined),
  );
  return locked;
}

async function lock(directory: string, file: string): Promise<() => Promise<void>> {
  try {
    await mkdir(directory, { recursive: true });
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
      if (await create(file)) return releaseOf(file);
      const text = await readIfPresent(file);
      if (text === undefined) continue;
      const holder = holderIn(text);
      if (holder !== undefined && holds(holder, file)) throw new DirectoryInUseError(directory, holder.pid);
      await removeStale(file, text);
    }
  } catch (error) {
    throw fileFailure('write', directory, error);
  }
  throw new Error(
    `Cannot create ${file}: another process keeps creating it. Stop that process and try again.`,
  );
}

function releaseOf(file: string): () => Promise<void> {
  heldHere.add(file);
  return async () => {
    if (heldHere.delete(file)) await rm(file, { force: true });
  };
}

function holds(holder: Holder, file: string): boolean {
  // After a container restarts, this process can have the same pid as the one that left the lock behind.
  return holder.pid === process.pid ? heldHere.has(file) : isHolding(holder);
}

/** Creates the lock with its content in one step, so that no process sees an empty one. Returns false if it exists. */
async function create(file: string): Promise<boolean> {
  const own = `${file}.${randomUUID()}`;
  await writeFile(own, thisProcess());
  try {
    await link(own, file);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(own, { force: true });
  }
}

/** Removes a lock whose holder is gone, unless another process has replaced it in the meantime. */
async function removeStale(file: string, text: string): Promise<void> {
  const taken = `${file}.${randomUUID()}`;
  try {
    await rename(file, taken);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return;
    throw error;
  }
  // Another process took over between the two: its lock goes back to its place.
  if ((await readIfPresent(taken)) !== text) await link(taken, file).catch(() => undefined);
  await rm(taken, { force: true });
}

async function readIfPresent(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined;
}
