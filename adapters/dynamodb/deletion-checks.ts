/**
 * Stores whose repeated deletions were checked in the last minutes, in one item of the entitlement table that belongs to no
 * user. It holds hashes only, because an entry that has lapsed stays until the next one is written.
 */

import { DELETIONS_KEY } from '../../contract/tables.ts';
import type { DeletionChecks } from '../../core/account/repeated-deletion.ts';
import { Fault } from '../../core/system/fault.ts';
import { flagAt, isRecord, textAt, type UnknownRecord, valueAt } from '../../core/system/record.ts';
import { sha256 } from '../system/hash.ts';
import { wait } from '../transport/attempts.ts';
import { secondsAt } from './attributes.ts';
import type { EntitlementTable } from './entitlement-store.ts';

type ChecksTable = Pick<EntitlementTable, 'client' | 'tableName'>;

interface Entry {
  /** A hash of the user's `sub`. */
  readonly user: string;
  /** Unix seconds. */
  readonly at: number;
  /** False while the check is under way. */
  readonly settled: boolean;
}

const HASH_LENGTH = 32;
const KNOWN_SECONDS = 600;
/** Longer than a request may take. A check that was interrupted is repeated after it. */
const CHECK_SECONDS = 30;
/** Keeps the item small. The oldest entries are dropped first, and their users checked again. */
const MAX_ENTRIES = 100;
/** Each lost attempt is another writer's success. The waits grow, so that many users who repeat a deletion at once pass too. */
const MAX_ATTEMPTS = 40;
const WAIT_STEP_MS = 25;
const MAX_WAIT_MS = 250;

export function createDeletionChecks(table: ChecksTable): DeletionChecks {
  return {
    reserve: async (sub, now) => {
      const user = userOf(sub);
      for (let attempts = 1; attempts <= MAX_ATTEMPTS; attempts += 1) {
        const { entries, version } = await readEntries(table);
        const known = entries.find((entry) => entry.user === user && isFresh(entry, now));
        if (known !== undefined) return known.settled ? 'known' : 'busy';
        const next = [...without(entries, user, now), { user, at: now, settled: false }];
        if (await writeEntries(table, next, version)) return 'reserved';
        await wait(Math.random() * Math.min(MAX_WAIT_MS, WAIT_STEP_MS * attempts));
      }
      throw new Fault({ code: 'contention', system: 'dynamodb', operation: 'reserve deletion check' });
    },
    settle: async (sub, isGone, now) => {
      const user = userOf(sub);
      for (let attempts = 1; attempts <= MAX_ATTEMPTS; attempts += 1) {
        const { entries, version } = await readEntries(table);
        const settled = isGone ? [{ user, at: now, settled: true }] : [];
        if (await writeEntries(table, [...without(entries, user, now), ...settled], version)) return;
        await wait(Math.random() * Math.min(MAX_WAIT_MS, WAIT_STEP_MS * attempts));
      }
      // The entry lapses by itself.
    },
  };
}

function userOf(sub: string): string {
  return sha256(sub).slice(0, HASH_LENGTH);
}

function isFresh({ at, settled }: Entry, now: number): boolean {
  return at > now - (settled ? KNOWN_SECONDS : CHECK_SECONDS);
}

function without(entries: readonly Entry[], user: string, now: number): readonly Entry[] {
  return entries.filter((entry) => entry.user !== user && isFresh(entry, now)).slice(1 - MAX_ENTRIES);
}

async function readEntries({
  client,
  tableName: TableName,
}: ChecksTable): Promise<{ readonly entries: readonly Entry[]; readonly version: number | undefined }> {
  const Key = { cognito_sub: DELETIONS_KEY };
  const { Item } = await client.get('read deletion checks', { TableName, Key, ConsistentRead: true });
  if (Item === undefined) return { entries: [], version: undefined };
  const list = valueAt(Item, 'entries');
  return {
    entries: Array.isArray(list) ? list.filter(isRecord).flatMap(entryIn) : [],
    version: secondsAt(Item, 'version') ?? undefined,
  };
}

function entryIn(item: UnknownRecord): readonly Entry[] {
  const [user, at] = [textAt(item, 'user'), secondsAt(item, 'at')];
  return user === null || at === null ? [] : [{ user, at, settled: flagAt(item, 'settled') ?? false }];
}

/** Returns whether the entries were written: no other request has changed them since they were read. */
async function writeEntries(
  { client, tableName: TableName }: ChecksTable,
  entries: readonly Entry[],
  version: number | undefined,
): Promise<boolean> {
  const condition =
    version === undefined
      ? { ConditionExpression: 'attribute_not_exists(#version)' }
      : { ConditionExpression: '#version = :seen', ExpressionAttributeValues: { ':seen': version } };
  const written = await client.updateIf('write deletion checks', {
    TableName,
    Key: { cognito_sub: DELETIONS_KEY },
    UpdateExpression: 'SET #entries = :entries, #version = :next',
    ...condition,
    ExpressionAttributeNames: { '#version': 'version', '#entries': 'entries' },
    ExpressionAttributeValues: {
      ...condition.ExpressionAttributeValues,
      ':entries': [...entries],
      ':next': (version ?? 0) + 1,
    },
  });
  return written !== 'condition_failed';
}
