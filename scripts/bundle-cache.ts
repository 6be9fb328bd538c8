/**
 * Decides by content which bundles can be reused: the settings, every input and every output must have the same hash as
 * when the bundle was built.
 */
import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { version } from 'esbuild';
import { bundling } from './bundle.ts';
import { replaceFile } from './replace-file.ts';

/** SHA-256 by file. Inputs are relative to the sources' root, outputs to the output directory. */
type Hashes = Readonly<Record<string, string>>;

interface Entry {
  readonly settings: string;
  readonly inputs: Hashes;
  readonly outputs: Hashes;
}

export interface BuiltFiles {
  readonly inputs: readonly string[];
  /** Paths relative to the output directory. */
  readonly outputs: readonly string[];
  /** When the build began, in milliseconds since the epoch. */
  readonly startedAtMs: number;
}

export interface BundleCache {
  /** Returns whether a build now would produce the files that exist under this name. */
  isCurrent(name: string): Promise<boolean>;
  /** Remembers what was built, unless an input changed during the build. */
  record(name: string, files: BuiltFiles): Promise<void>;
  save(): Promise<void>;
}

/** In the output directory, so that it is deleted together with the outputs. */
const MANIFEST = '.bundles.json';

/** Files that decide how imports resolve, without being part of a bundle. */
const resolutionFiles = ['package.json', 'package-lock.json', 'tsconfig.json'];

/** `root` is the folder of the sources, and inputs are relative to it. */
export async function openBundleCache(folders: {
  readonly root: string;
  readonly outDirectory: string;
}): Promise<BundleCache> {
  const { root, outDirectory } = folders;
  const manifest = path.join(outDirectory, MANIFEST);
  const entries = await readManifest(manifest);
  // The bundles share most of their inputs: each is read once.
  const inputHash = memoized((file) => hashOf(path.join(root, file)));
  const outputHash = (file: string) => hashOf(path.join(outDirectory, file));
  const settings = sha256(
    JSON.stringify([version, bundling, await Promise.all(resolutionFiles.map(inputHash))]),
  );
  return {
    async isCurrent(name) {
      const entry = entries.get(name);
      if (entry?.settings !== settings) return false;
      return (await matches(entry.outputs, outputHash)) && (await matches(entry.inputs, inputHash));
    },
    async record(name, { inputs, outputs, startedAtMs }) {
      entries.delete(name);
      if ((await newestChangeMs(root, inputs)) >= startedAtMs) return;
      const [inputHashes, outputHashes] = await Promise.all([
        hashesOf(inputs, inputHash),
        hashesOf(outputs, outputHash),
      ]);
      entries.set(name, { settings, inputs: inputHashes, outputs: outputHashes });
    },
    save: () => replaceFile(manifest, JSON.stringify(Object.fromEntries(entries))),
  };
}

type HashOf = (file: string) => Promise<string | undefined>;

async function hashOf(file: string): Promise<string | undefined> {
  return readFile(file).then(sha256, () => undefined);
}

function memoized(hash: HashOf): HashOf {
  const known = new Map<string, Promise<string | undefined>>();
  return (file) => {
    const result = known.get(file) ?? hash(file);
    known.set(file, result);
    return result;
  };
}

async function hashesOf(files: readonly string[], hash: HashOf): Promise<Hashes> {
  return Object.fromEntries(
    await Promise.all(files.map(async (file) => [file, (await hash(file)) ?? ''] as const)),
  );
}

async function matches(recorded: Hashes, hash: HashOf): Promise<boolean> {
  const current = await hashesOf(Object.keys(recorded), hash);
  return Object.entries(recorded).every(([file, expected]) => expected !== '' && current[file] === expected);
}

async function newestChangeMs(root: string, inputs: readonly string[]): Promise<number> {
  const stats = await Promise.all(inputs.map((file) => stat(path.join(root, file))));
  return Math.max(0, ...stats.map(({ mtimeMs }) => mtimeMs));
}

function sha256(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

/** A manifest that is missing or damaged only costs a build. */
async function readManifest(file: string): Promise<Map<string, Entry>> {
  try {
    const value: unknown = JSON.parse(await readFile(file, 'utf8'));
    if (!isObject(value)) return new Map();
    return new Map(Object.entries(value).filter((pair): pair is [string, Entry] => isEntry(pair[1])));
  } catch {
    return new Map();
  }
}

function isEntry(value: unknown): value is Entry {
  if (!isObject(value)) return false;
  const { settings, inputs, outputs } = value;
  return typeof settings === 'string' && hasKeys(inputs) && hasKeys(outputs);
}

function hasKeys(value: unknown): boolean {
  return isObject(value) && Object.keys(value).length > 0;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
