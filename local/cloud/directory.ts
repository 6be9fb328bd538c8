/**
 * Opens the directory in which a local cloud keeps its state: a locked one, or a temporary one that is removed on
 * close.
 */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseJsonObject } from '../http/body.ts';
import { CloudFailure, damagedFile, fileFailure } from './failure.ts';
import { lockDirectory } from './lock.ts';
import type { Settings } from './options.ts';
import { replaceFile } from './replace-file.ts';

export interface OpenDirectory {
  readonly path: string;
  close(): Promise<void>;
}

/** Increased when an earlier version could not read what this one writes. */
const FORMAT = 1;
const FORMAT_FILE = 'format.json';
/** The files and folders of the systems. The secrets and logs are kept, because copies of the secrets exist elsewhere. */
const SYSTEM_DATA = /^(stripe\.json|stripe-events\.json|revenuecat\.json|cognito$|dynamodb$|format\.json)/;

export async function openDirectory({
  ephemeral,
  directory,
  startEmpty,
}: Pick<Settings, 'ephemeral' | 'directory' | 'startEmpty'>): Promise<OpenDirectory> {
  if (ephemeral) {
    const temporary = await mkdtemp(path.join(tmpdir(), 'predixa-local-'));
    return { path: temporary, close: () => rm(temporary, { recursive: true, force: true }) };
  }
  const close = await lockDirectory(directory);
  try {
    if (startEmpty) await empty(directory);
    await checkFormat(directory);
  } catch (error) {
    await close();
    throw error;
  }
  return { path: directory, close };
}

async function empty(directory: string): Promise<void> {
  try {
    for (const name of (await readdir(directory)).filter((one) => SYSTEM_DATA.test(one))) {
      await rm(path.join(directory, name), { recursive: true, force: true });
    }
  } catch (error) {
    throw fileFailure('write', directory, error);
  }
}

async function checkFormat(directory: string): Promise<void> {
  const file = path.join(directory, FORMAT_FILE);
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) {
    await replaceFile(file, `${JSON.stringify({ format: FORMAT })}\n`);
    return;
  }
  const format = parseJsonObject(text)?.['format'];
  if (typeof format !== 'number') throw damagedFile(file);
  if (format <= FORMAT) return;
  throw new CloudFailure(
    `${directory} was written by a newer version of the local cloud (format ${format}; this one reads ${FORMAT}). ` +
      'Start that version, choose another folder with --directory, or empty this one with npm start -- --reset.',
  );
}
