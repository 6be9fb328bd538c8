/**
 * Stores what the gate must remember in the entitlement table, under keys that are not a user's: which users' objects were
 * ended lately, and that this installation has finished adoption.
 */
import { ADOPTION_KEY, ENDINGS_KEY } from '../../contract/tables.ts';
import type { AdoptionRecord, EndingLedger, LedgerLimit } from '../../core/gate/limit.ts';
import { type Clock, nowSeconds } from '../../core/system/clock.ts';
import { Fault } from '../../core/system/fault.ts';
import { isRecord, type UnknownRecord, valueAt } from '../../core/system/record.ts';
import { secondsAt } from './attributes.ts';
import type { EntitlementTable } from './entitlement-store.ts';

type GateTable = Pick<EntitlementTable, 'client' | 'tableName'> & { readonly clock: Pick<Clock, 'nowMs'> };

/**
 * The record names the user pool, because a copy of the tables may be connected to another one. A record of an earlier
 * version names none and counts for any.
 */
export function createAdoptionRecord(
  { client, tableName: TableName, clock }: GateTable,
  poolId: string | null,
): AdoptionRecord {
  const Key = { cognito_sub: ADOPTION_KEY };
  return {
    isComplete: async () => {
      const { Item } = await client.get('read adoption', { TableName, Key, ConsistentRead: true });
      if (Item === undefined || secondsAt(Item, 'completed_at') === null) return false;
      const adoptedPool = valueAt(Item, 'pool_id') ?? null;
      return adoptedPool === null || adoptedPool === poolId;
    },
    complete: async (by) => {
      await client.put('record adoption', {
        TableName,
        Item: {
          ...Key,
          completed_at: nowSeconds(clock),
          by,
          ...(poolId === null ? {} : { pool_id: poolId }),
        },
      });
    },
  };
}

interface LedgerEntry {
  readonly sub: string;
  /** Unix seconds. */
  readonly at: number;
}

/** Each lost attempt is another writer's success, and there are few writers. */
const MAX_ATTEMPTS = 8;

export function createEndingLedger(table: GateTable): EndingLedger {
  return {
    recentUsers: async (sinceSeconds) => {
      const { entries } = await readLedger(table);
      return [...new Set(entries.filter(({ at }) => at >= sinceSeconds).map(({ sub }) => sub))];
    },
    reserve: async (sub, limit) => {
      for (let attempts = 1; attempts <= MAX_ATTEMPTS; attempts += 1) {
        const result = await tryReserve(table, sub, limit);
        if (result !== 'conflict') return result;
      }
      throw new Fault({ code: 'contention', system: 'dynamodb', operation: 'reserve ending' });
    },
  };
}

async function tryReserve(
  table: GateTable,
  sub: string,
  { nowSeconds: now, windowSeconds, atMost }: LedgerLimit,
): Promise<'reserved' | 'limit_reached' | 'conflict'> {
  const { entries, version } = await readLedger(table);
  const recent = entries.filter(({ at }) => at >= now - windowSeconds);
  if (recent.some((entry) => entry.sub === sub)) return 'reserved';
  if (recent.length >= atMost) return 'limit_reached';
  const next = (version ?? 0) + 1;
  const written = await table.client.putIf('reserve ending', {
    TableName: table.tableName,
    Item: { cognito_sub: ENDINGS_KEY, entries: [...recent, { sub, at: now }], version: next },
    ConditionExpression: version === undefined ? 'attribute_not_exists(cognito_sub)' : '#version = :seen',
    ...(version === undefined
      ? {}
      : {
          ExpressionAttributeNames: { '#version': 'version' },
          ExpressionAttributeValues: { ':seen': version },
        }),
  });
  return written === 'condition_failed' ? 'conflict' : 'reserved';
}

async function readLedger({
  client,
  tableName: TableName,
}: GateTable): Promise<{ readonly entries: readonly LedgerEntry[]; readonly version: number | undefined }> {
  const Key = { cognito_sub: ENDINGS_KEY };
  const { Item } = await client.get('read endings', { TableName, Key, ConsistentRead: true });
  if (Item === undefined) return { entries: [], version: undefined };
  const list = valueAt(Item, 'entries');
  return {
    entries: Array.isArray(list) ? list.filter(isRecord).flatMap(entryIn) : [],
    version: secondsAt(Item, 'version') ?? undefined,
  };
}

function entryIn(item: UnknownRecord): readonly LedgerEntry[] {
  const [sub, at] = [valueAt(item, 'sub'), secondsAt(item, 'at')];
  return typeof sub === 'string' && at !== null ? [{ sub, at }] : [];
}
