/** Lists both tables page by page, and reads items in batches. */
import type { Profile } from '../../core/account/profile.ts';
import type { IndexedCustomer, Listings, Page, RowPage } from '../../core/reconcile/listings.ts';
import type { Clock } from '../../core/system/clock.ts';
import { Fault } from '../../core/system/fault.ts';
import { textAt, type UnknownRecord } from '../../core/system/record.ts';
import { isoDateMs } from '../system/http-date.ts';
import { customerIn, customerKey, usersIn } from './customer-index.ts';
import type { DynamoDb } from './dynamodb.ts';
import { rowOf } from './entitlement-item.ts';
import { profileOf } from './profile-store.ts';
import { listedRemoval } from './removal-store.ts';

const PAGE_SIZE = 500;
/** The most keys that DynamoDB accepts in one BatchGetItem call. */
const BATCH_SIZE = 100;
const MAX_TRIES = 8;
const FRESH_MS = 3 * 86_400_000;

export interface ListedTables {
  readonly client: DynamoDb;
  readonly usersTable: string;
  readonly entitlementsTable: string;
  /** The part of each table to scan, so that several runs can share the work. */
  readonly segment: { readonly index: number; readonly of: number };
  readonly clock: Pick<Clock, 'nowMs' | 'sleep'>;
}

type TableListings = Pick<
  Listings,
  'profiles' | 'rows' | 'index' | 'rowsOf' | 'profilesOf' | 'indexed' | 'isFresh'
>;

export function createTableListings(tables: ListedTables): TableListings {
  const { usersTable, entitlementsTable, clock } = tables;
  return {
    profiles: async (from) => {
      const page = await scan(tables, { table: usersTable, key: 'userId', from });
      return { ...page, items: ofUsers(page.items, (id, item) => profileOf(id, item)) };
    },
    rows: (from) => scanRows(tables, from),
    index: async (from) => {
      const page = await scan(tables, { table: entitlementsTable, key: 'cognito_sub', from });
      return { ...page, items: page.items.flatMap(indexedIn) };
    },
    rowsOf: (subs) => batch(tables, { table: entitlementsTable, key: 'cognito_sub', ids: subs }, rowOf),
    profilesOf: (subs) => batch(tables, { table: usersTable, key: 'userId', ids: subs }, profileOf),
    indexed: async (customerIds) => {
      // An item that is missing only here is written once more, which changes nothing.
      const of = { table: entitlementsTable, key: 'cognito_sub', consistent: false };
      const ids = customerIds.map(customerKey);
      const items = await batch(tables, { ...of, ids }, (_, item) => usersIn(item));
      return new Map([...items].map(([id, users]) => [customerIn(id) ?? id, users]));
    },
    isFresh: (profile: Profile) => {
      const createdMs = profile.createdAt === null ? null : isoDateMs(profile.createdAt);
      return createdMs !== null && createdMs > clock.nowMs() - FRESH_MS;
    },
  };
}

interface Listed {
  readonly id: string;
  readonly item: UnknownRecord;
}

async function scanRows(tables: ListedTables, from: string | null): Promise<RowPage> {
  const page = await scan(tables, { table: tables.entitlementsTable, key: 'cognito_sub', from });
  const removals = page.items.map(({ id, item }) => listedRemoval(id, item));
  return {
    ...page,
    items: ofUsers(page.items, rowOf),
    removals: removals.filter((removal) => removal !== undefined),
  };
}

/** Keys such as `trial#…` and `run#…` are not users. */
function ofUsers<T>(items: readonly Listed[], read: (id: string, item: UnknownRecord) => T): readonly T[] {
  return items.filter(({ id }) => !id.includes('#')).map(({ id, item }) => read(id, item));
}

function indexedIn({ id, item }: Listed): readonly IndexedCustomer[] {
  const customerId = customerIn(id);
  return customerId === null ? [] : [{ customerId, users: usersIn(item) }];
}

async function scan(
  { client, segment }: ListedTables,
  of: { readonly table: string; readonly key: string; readonly from: string | null },
): Promise<Page<Listed>> {
  const { Items, LastEvaluatedKey: last } = await client.scan('scan', {
    TableName: of.table,
    Limit: PAGE_SIZE,
    Segment: segment.index,
    TotalSegments: segment.of,
    ...(of.from === null ? {} : { ExclusiveStartKey: { [of.key]: of.from } }),
  });
  return {
    items: Items.flatMap((item) => {
      const id = textAt(item, of.key);
      return id === null ? [] : [{ id, item }];
    }),
    next: last === undefined ? null : textAt(last, of.key),
  };
}

async function batch<T>(
  { client, clock }: ListedTables,
  of: {
    readonly table: string;
    readonly key: string;
    readonly ids: readonly string[];
    readonly consistent?: boolean;
  },
  read: (id: string, item: UnknownRecord) => T,
): Promise<ReadonlyMap<string, T>> {
  const found = new Map<string, T>();
  const unique = [...new Set(of.ids)];
  for (let start = 0; start < unique.length; start += BATCH_SIZE) {
    let keys: readonly UnknownRecord[] = unique
      .slice(start, start + BATCH_SIZE)
      .map((id) => ({ [of.key]: id }));
    for (let tries = 1; keys.length > 0; tries += 1) {
      if (tries > MAX_TRIES) {
        throw new Fault({ code: 'unavailable', system: 'dynamodb', operation: 'batch get' });
      }
      // Consistent reads, because a stale difference would cost calls to Stripe.
      const request = { [of.table]: { Keys: [...keys], ConsistentRead: of.consistent ?? true } };
      const { Responses, UnprocessedKeys } = await client.batchGet('batch get', { RequestItems: request });
      for (const item of Responses[of.table] ?? []) {
        const id = textAt(item, of.key);
        if (id !== null) found.set(id, read(id, item));
      }
      keys = UnprocessedKeys[of.table] ?? [];
      // DynamoDB throttled some keys, so they are requested again after a pause.
      if (keys.length > 0) await clock.sleep(50 * 2 ** tries);
    }
  }
  return found;
}
