/** The two tables, page by page, and rows by the hundred. */
import { BatchGetCommand, type DynamoDBDocumentClient, ScanCommand } from '@aws-sdk/lib-dynamodb';
import type { Profile } from '../../core/account/profile.ts';
import type { Listings, Page } from '../../core/reconcile/listings.ts';
import type { Clock } from '../../core/system/clock.ts';
import { Fault } from '../../core/system/fault.ts';
import { textAt, type UnknownRecord } from '../../core/system/record.ts';
import { isoDateMs } from '../system/http-date.ts';
import { calling } from './call.ts';
import { rowOf } from './entitlement-item.ts';
import { profileOf } from './profile-store.ts';

const PAGE_SIZE = 500;
/** What DynamoDB takes at once. */
const BATCH_SIZE = 100;
const MAX_TRIES = 8;
const FRESH_MS = 3 * 86_400_000;

export interface ListedTables {
  readonly client: DynamoDBDocumentClient;
  readonly usersTable: string;
  readonly entitlementsTable: string;
  /** One of several equal parts of each table, for runs side by side. */
  readonly segment: { readonly index: number; readonly of: number };
  readonly clock: Pick<Clock, 'nowMs' | 'sleep'>;
}

type TableListings = Pick<Listings, 'profiles' | 'rows' | 'rowsOf' | 'profilesOf' | 'isFresh'>;

export function createTableListings(tables: ListedTables): TableListings {
  const { usersTable, entitlementsTable, clock } = tables;
  return {
    profiles: (from) =>
      scan(tables, { table: usersTable, key: 'userId', from }, (id, item) => profileOf(id, item)),
    rows: (from) => scan(tables, { table: entitlementsTable, key: 'cognito_sub', from }, rowOf),
    rowsOf: (subs) => batch(tables, { table: entitlementsTable, key: 'cognito_sub', ids: subs }, rowOf),
    profilesOf: (subs) => batch(tables, { table: usersTable, key: 'userId', ids: subs }, profileOf),
    isFresh: (profile: Profile) => {
      const madeMs = profile.createdAt === null ? null : isoDateMs(profile.createdAt);
      return madeMs !== null && madeMs > clock.nowMs() - FRESH_MS;
    },
  };
}

async function scan<T>(
  { client, segment }: ListedTables,
  of: { readonly table: string; readonly key: string; readonly from: string | null },
  read: (id: string, item: UnknownRecord) => T,
): Promise<Page<T>> {
  const command = new ScanCommand({
    TableName: of.table,
    Limit: PAGE_SIZE,
    Segment: segment.index,
    TotalSegments: segment.of,
    ...(of.from === null ? {} : { ExclusiveStartKey: { [of.key]: of.from } }),
  });
  const { Items = [], LastEvaluatedKey: last } = await calling('scan', client.send(command));
  return {
    items: Items.flatMap((item) => {
      const id = textAt(item, of.key);
      // `trial#…` and `run#…` are no users.
      return id === null || id.includes('#') ? [] : [read(id, item)];
    }),
    next: last === undefined ? null : textAt(last, of.key),
  };
}

async function batch<T>(
  { client, clock }: ListedTables,
  of: { readonly table: string; readonly key: string; readonly ids: readonly string[] },
  read: (id: string, item: UnknownRecord) => T,
): Promise<ReadonlyMap<string, T>> {
  const found = new Map<string, T>();
  const unique = [...new Set(of.ids)];
  for (let start = 0; start < unique.length; start += BATCH_SIZE) {
    let keys: Record<string, unknown>[] = unique
      .slice(start, start + BATCH_SIZE)
      .map((id) => ({ [of.key]: id }));
    for (let tries = 1; keys.length > 0; tries += 1) {
      if (tries > MAX_TRIES) {
        throw new Fault({ code: 'unavailable', system: 'dynamodb', operation: 'batch get' });
      }
      // Strongly consistent: what is found to differ costs calls to Stripe.
      const request = { [of.table]: { Keys: keys, ConsistentRead: true } };
      const command = new BatchGetCommand({ RequestItems: request });
      const { Responses = {}, UnprocessedKeys = {} } = await calling('batch get', client.send(command));
      for (const item of Responses[of.table] ?? []) {
        const id = textAt(item, of.key);
        if (id !== null) found.set(id, read(id, item));
      }
      keys = UnprocessedKeys[of.table]?.Keys ?? [];
      // Throttled: the rest is asked for a little later.
      if (keys.length > 0) await clock.sleep(50 * 2 ** tries);
    }
  }
  return found;
}
