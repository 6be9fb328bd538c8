/**
 * A snapshot as one file: compressed, a line that describes it and a line with its content, so that what is described can be
 * checked against what is there.
 */
import { createHash } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import { isJsonObject, parseJsonObject } from '../../http/body.ts';
import type { JsonRecord } from '../contract.ts';

const FORMAT = 'predixa-snapshot';
const VERSION = 1;
const MAX_BYTES = 1024 * 1024 * 1024;
const NEWLINE = 10;

export interface SnapshotHead {
  readonly createdMs: number;
  readonly clockMs: number;
  readonly userCount: number;
}

export interface Snapshot extends SnapshotHead {
  /** What each system has saved, by its name. */
  readonly systems: JsonRecord;
}

export class SnapshotFileError extends Error {
  override readonly name = 'SnapshotFileError';
}

export function snapshotFile({ systems, ...head }: Snapshot): Buffer {
  const content = Buffer.from(JSON.stringify(systems));
  const first = JSON.stringify({ format: FORMAT, version: VERSION, checksum: checksumOf(content), ...head });
  return gzipSync(Buffer.concat([Buffer.from(`${first}\n`), content]));
}

/** Throws a `SnapshotFileError` that says in one line what is wrong and what to do. */
export function readSnapshotFile(file: Buffer): Snapshot {
  const { head, content } = partsOf(file);
  if (checksumOf(content) !== head['checksum']) {
    throw new SnapshotFileError(
      'The snapshot is damaged: its content does not match its checksum. Use another copy of the file.',
    );
  }
  return { ...headIn(head), systems: parseJsonObject(content) ?? {} };
}

/** Reads the description alone. */
export function readSnapshotHead(file: Buffer): SnapshotHead {
  return headIn(partsOf(file).head);
}

function partsOf(file: Buffer): { readonly head: JsonRecord; readonly content: Buffer } {
  const bytes = unzipped(file);
  const end = bytes.indexOf(NEWLINE);
  const head = end === -1 ? undefined : parseJsonObject(bytes.subarray(0, end));
  if (head?.['format'] !== FORMAT) {
    throw new SnapshotFileError('The file is no snapshot of a local cloud.');
  }
  if (head['version'] !== VERSION) {
    throw new SnapshotFileError(
      `The snapshot has version ${String(head['version'])}, and this version of the local cloud reads ${VERSION}. Update the local cloud.`,
    );
  }
  return { head, content: bytes.subarray(end + 1) };
}

function unzipped(file: Buffer): Buffer {
  try {
    return gunzipSync(file, { maxOutputLength: MAX_BYTES });
  } catch (cause) {
    throw new SnapshotFileError(
      'The file is no snapshot of a local cloud, or it is incomplete. Download it again.',
      {
        cause,
      },
    );
  }
}

function headIn(head: JsonRecord): SnapshotHead {
  const numberIn = (name: string) => (typeof head[name] === 'number' ? head[name] : 0);
  return { createdMs: numberIn('createdMs'), clockMs: numberIn('clockMs'), userCount: numberIn('userCount') };
}

function checksumOf(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}

/** Whether each of the systems has saved something. */
export function isWhole(systems: JsonRecord, names: readonly string[]): boolean {
  return names.every((name) => isJsonObject(systems[name]));
}
