import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Tables, tablesAt } from '../../local/dynamodb/tables.ts';
import { dynamoDbUrl } from '../../tests/support/embedded-dynamodb.ts';
import { createDynamoDb } from './client.ts';
import type { DynamoDb } from './dynamodb.ts';
import { rowOf } from './entitlement-item.ts';
import { createLeases } from './leases.ts';

const NOW_MS = 1_800_000_000_000;
const LASTS_MS = 1_000;
const names = { users: `Leases-users-${randomUUID()}`, entitlements: `Leases-${randomUUID()}` };

let tables: Tables;
let client: DynamoDb;
beforeAll(async () => {
  const endpoint = await dynamoDbUrl();
  vi.stubEnv('AWS_REGION', 'us-east-1');
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'local');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'local');
  vi.stubEnv('AWS_ENDPOINT_URL_DYNAMODB', endpoint);
  tables = tablesAt({ endpoint }, names);
  await tables.createMissing();
  client = createDynamoDb({ timeoutMs: 5_000, maxAttempts: 2 });
});
afterAll(() => tables.close());

async function put(attributes: Readonly<Record<string, unknown>>): Promise<string> {
  const sub = randomUUID();
  const item = { cognito_sub: sub, ...attributes };
  const ConditionExpression = 'attribute_not_exists(cognito_sub)';
  await client.putIf('put', { TableName: names.entitlements, Item: item, ConditionExpression });
  return sub;
}

const take = (sub: string, notSyncedAfter?: number) =>
  createLeases({ client, tableName: names.entitlements }).takeLease(sub, {
    id: 'mine',
    nowMs: NOW_MS,
    lastsMs: LASTS_MS,
    ...(notSyncedAfter === undefined ? {} : { notSyncedAfter }),
  });

/** What other code may have put into an attribute. */
const anything = fc.oneof(
  fc.constantFrom('', ' ', 'x', null, true, -1, 0, 1.5, NOW_MS, NOW_MS + 0.5, NOW_MS - 5_000, [], {}, ['x']),
  fc.string({ maxLength: 5 }),
  fc.integer({ min: NOW_MS - 3_000, max: NOW_MS + 3_000 }),
);

describe('The lease of a row', () => {
  it('is taken at once, unless the row as it is read shows one that is not over', async () => {
    await fc.assert(
      fc.asyncProperty(fc.option(anything), fc.option(anything), async (lease_id, lease_since) => {
        const item = {
          ...(lease_id === null ? {} : { lease_id }),
          ...(lease_since === null ? {} : { lease_since }),
        };
        const { lease } = rowOf('any', item);
        const isHeld = lease !== undefined && Math.abs(NOW_MS - lease.sinceMs) <= LASTS_MS;
        expect((await take(await put(item))) === undefined).toBe(isHeld);
      }),
      { numRuns: 150 },
    );
  });

  it('is taken whatever the number of syncs is', async () => {
    for (const syncs of ['x', '', -1, 0, 1.5, null, [], 5])
      expect(await take(await put({ syncs }))).toMatchObject({ lease: { id: 'mine', sinceMs: NOW_MS } });
  });

  it.each([
    [{ synced_at: 101 }, false],
    [{ synced_at: 100 }, true],
    [{ subscriptions_synced_at: 101 }, false],
    [{ synced_at: 50, subscriptions_synced_at: 101 }, false],
    [{ synced_at: 50, subscriptions_synced_at: 100 }, true],
    [{ synced_at: 'soon' }, true],
    [{ synced_at: null }, true],
    [{}, true],
  ])('of a row with %j is taken for an event of 100: %s', async (item, isTaken) => {
    expect((await take(await put(item), 100)) !== undefined).toBe(isTaken);
  });

  it('is not taken of a row that does not exist, and creates none', async () => {
    const sub = randomUUID();
    expect(await take(sub)).toBeUndefined();
    expect(await take(sub)).toBeUndefined();
  });
});
