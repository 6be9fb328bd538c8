/**
 * Opens the directory in which a local cloud keeps its state: a locked one, or a temporary one that is removed on
 * close.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { lockDirectory } from './lock.ts';
import type { Settings } from './options.ts';

export interface OpenDirectory {
  readonly path: string;
  close(): Promise<void>;
}

export async function openDirectory({ ephemeral, directory }: Settings): Promise<OpenDirectory> {
  if (!ephemeral) return { path: directory, close: await lockDirectory(directory) };
  const temporary = await mkdtemp(path.join(tmpdir(), 'predixa-local-'));
  return { path: temporary, close: () => rm(temporary, { recursive: true, force: true }) };
}
