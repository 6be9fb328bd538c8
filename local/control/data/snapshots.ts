/** Snapshots of the whole cloud, each one file in the directory of the cloud. */
import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { JsonRecord, SnapshotInfo } from '../contract.ts';
import { type ControlInput, ControlRefusal, type ControlRoute, FileAnswer } from '../routes.ts';
import {
  isWhole,
  readSnapshotFile,
  readSnapshotHead,
  type Snapshot,
  SnapshotFileError,
  type SnapshotHead,
  snapshotFile,
} from './snapshot-file.ts';
import { loadSystems, saveSystems, systemNames, type WholeCloud } from './whole-cloud.ts';

export interface SnapshotDeps {
  readonly directory: string;
  readonly cloud: () => WholeCloud;
  readonly clockMs: () => number;
  readonly countUsers: () => Promise<number>;
  /** Runs the work while no function does. */
  readonly quietly: <T>(work: () => Promise<T>) => Promise<T>;
  /** Creates again what an installation needs, and lets every page read everything again. */
  readonly replaced: () => Promise<void>;
}

const EXTENSION = '.json.gz';
const NAME = /^[\w][\w .-]{0,59}$/;

export function snapshotRoutes(deps: SnapshotDeps): readonly ControlRoute[] {
  const nameIn = ({ params: { name = '' } }: ControlInput) => checked(name);
  return [
    { method: 'GET', path: '/snapshots', run: async () => ({ snapshots: await listSnapshots(deps) }) },
    { method: 'POST', path: '/snapshots', run: ({ body }) => save(deps, checked(body['name'])) },
    { method: 'POST', path: '/snapshots/:name/restore', run: (input) => restore(deps, nameIn(input)) },
    { method: 'DELETE', path: '/snapshots/:name', run: (input) => remove(deps, nameIn(input)) },
    {
      method: 'GET',
      path: '/snapshots/:name/file',
      run: async (input) =>
        new FileAnswer(
          `${nameIn(input)}${EXTENSION}`,
          'application/gzip',
          await bytesOf(deps, nameIn(input)),
        ),
    },
    {
      method: 'PUT',
      path: '/snapshots/:name/file',
      takesBytes: true,
      run: (input) => take(deps, nameIn(input), input.bytes),
    },
  ];
}

function checked(name: unknown): string {
  if (typeof name === 'string' && NAME.test(name)) return name;
  throw new ControlRefusal(
    400,
    'The name of a snapshot has 1 to 60 letters, digits, spaces, dots and dashes.',
  );
}

function fileOf({ directory }: SnapshotDeps, name: string): string {
  return path.join(directory, `${name}${EXTENSION}`);
}

async function bytesOf(deps: SnapshotDeps, name: string): Promise<Buffer> {
  try {
    return await readFile(fileOf(deps, name));
  } catch (cause) {
    throw new ControlRefusal(404, `There is no snapshot ${name}.`, { cause });
  }
}

/** The newest first. A damaged file is shown too, so that it can be deleted. */
async function listSnapshots(deps: SnapshotDeps): Promise<readonly SnapshotInfo[]> {
  const files = await readdir(deps.directory).catch(() => []);
  const names = files
    .filter((file) => file.endsWith(EXTENSION))
    .map((file) => file.slice(0, -EXTENSION.length));
  const infos = await Promise.all(names.map((name) => infoOf(deps, name)));
  return infos.sort((a, b) => b.createdMs - a.createdMs);
}

async function infoOf(deps: SnapshotDeps, name: string): Promise<SnapshotInfo> {
  const bytes = await bytesOf(deps, name);
  try {
    return { name, bytes: bytes.byteLength, ...readSnapshotHead(bytes), problem: null };
  } catch (error) {
    if (!(error instanceof SnapshotFileError)) throw error;
    const { mtimeMs } = await stat(fileOf(deps, name));
    const unknown: SnapshotHead = { createdMs: mtimeMs, clockMs: mtimeMs, userCount: 0 };
    return { name, bytes: bytes.byteLength, ...unknown, problem: error.message };
  }
}

async function save(deps: SnapshotDeps, name: string): Promise<SnapshotInfo> {
  const userCount = await deps.countUsers();
  const systems = await deps.quietly(() => saveSystems(deps.cloud()));
  await write(
    deps,
    name,
    snapshotFile({ createdMs: Date.now(), clockMs: deps.clockMs(), userCount, systems }),
  );
  return infoOf(deps, name);
}

async function write(deps: SnapshotDeps, name: string, bytes: Buffer): Promise<void> {
  await mkdir(deps.directory, { recursive: true });
  const file = fileOf(deps, name);
  // A crash leaves the former file or this one, and never half of one.
  const written = `${file}.${randomUUID()}.new`;
  await writeFile(written, bytes, { mode: 0o600 });
  await rename(written, file);
}

async function restore(deps: SnapshotDeps, name: string): Promise<SnapshotInfo> {
  const { systems } = readable(await bytesOf(deps, name));
  await deps.quietly(async () => {
    const before = await saveSystems(deps.cloud());
    try {
      await loadSystems(deps.cloud(), systems);
    } catch (error) {
      await loadSystems(deps.cloud(), before);
      const why = error instanceof Error ? error.message : String(error);
      throw new ControlRefusal(422, `The snapshot ${name} cannot be restored. ${why} Nothing has changed.`, {
        cause: error,
      });
    }
  });
  await deps.replaced();
  return infoOf(deps, name);
}

function readable(bytes: Buffer): Snapshot {
  try {
    const snapshot = readSnapshotFile(bytes);
    if (isWhole(snapshot.systems, systemNames)) return snapshot;
  } catch (error) {
    if (error instanceof SnapshotFileError) throw new ControlRefusal(422, error.message, { cause: error });
    throw error;
  }
  throw new ControlRefusal(
    422,
    `A snapshot holds ${systemNames.join(', ')}, and this one lacks some of them.`,
  );
}

async function remove(deps: SnapshotDeps, name: string): Promise<JsonRecord> {
  await bytesOf(deps, name);
  await rm(fileOf(deps, name));
  return { deleted: name };
}

/** Takes a file that was downloaded here or elsewhere. */
async function take(deps: SnapshotDeps, name: string, bytes: Buffer): Promise<SnapshotInfo> {
  readable(bytes);
  await write(deps, name, bytes);
  return infoOf(deps, name);
}
