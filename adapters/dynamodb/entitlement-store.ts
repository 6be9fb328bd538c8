/** The entitlement table. Every write names what must still hold, so that nothing is overwritten or brought back. */
import {
  DeleteCommand,
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import type { EntitlementStore, Fence, RateLimit } from '../../core/entitlement/row.ts';
import type { Clock } from '../../core/system/clock.ts';
import { calling, conditionally } from './call.ts';
import { attributesOf, rowOf } from './entitlement-item.ts';
import { setAll } from './update-expression.ts';

export interface EntitlementTable {
  readonly client: DynamoDBDocumentClient;
  readonly tableName: string;
  readonly clock: Pick<Clock, 'nowIso'>;
}

export function createEntitlementStore(table: EntitlementTable): EntitlementStore {
  const { client, tableName: TableName, clock } = table;
  const key = (sub: string) => ({ TableName, Key: { cognito_sub: sub } });
  return {
    read: async (sub) => {
      const command = new GetCommand({ ...key(sub), ConsistentRead: true });
      const { Item } = await calling('read entitlement', client.send(command));
      return Item === undefined ? undefined : rowOf(sub, Item);
    },
    createIfAbsent: async (sub, state) => {
      const attributes = { ...attributesOf(state), updatedAt: clock.nowIso(), version: 1 };
      const given = Object.entries(attributes).filter(([, value]) => value !== null);
      const item = { cognito_sub: sub, ...Object.fromEntries(given) };
      const command = new PutCommand({
        TableName,
        Item: item,
        ConditionExpression: 'attribute_not_exists(cognito_sub)',
      });
      const result = await conditionally('create entitlement', client.send(command));
      return result === 'condition_failed' ? 'exists' : rowOf(sub, item);
    },
    replace: async (row, state) => {
      const update = setAll({
        ...attributesOf(state),
        updatedAt: clock.nowIso(),
        version: versionAfter(row.fence),
      });
      const unchanged = unchangedSince(row.fence);
      const command = new UpdateCommand({
        ...key(row.sub),
        ...update,
        // An update makes the item where there is none: a user who is gone would be back.
        ConditionExpression: `attribute_exists(cognito_sub) AND ${unchanged.condition}`,
        ExpressionAttributeValues: { ...update.ExpressionAttributeValues, ...unchanged.values },
      });
      const result = await conditionally('write entitlement', client.send(command));
      return result === 'condition_failed' ? 'conflict' : 'written';
    },
    removeIfUnchanged: async (row) => {
      const { condition, values } = unchangedSince(row.fence);
      const command = new DeleteCommand({
        ...key(row.sub),
        ConditionExpression: `attribute_not_exists(cognito_sub) OR (${condition})`,
        ExpressionAttributeNames: { '#version': 'version' },
        ...(Object.keys(values).length > 0 ? { ExpressionAttributeValues: values } : {}),
      });
      const result = await conditionally('remove entitlement', client.send(command));
      return result === 'condition_failed' ? 'conflict' : 'removed';
    },
    remove: async (sub) => {
      await calling('remove entitlement', client.send(new DeleteCommand(key(sub))));
    },
    countSyncRequest: (sub, limit) => countSyncRequest(table, sub, limit),
  };
}

/** Rows of other writers have no version; whatever stands there is compared as it was read. */
function unchangedSince(fence: Fence): {
  readonly condition: string;
  readonly values: Record<string, unknown>;
} {
  return fence.version === undefined
    ? { condition: 'attribute_not_exists(#version)', values: {} }
    : { condition: '#version = :seen_version', values: { ':seen_version': fence.version } };
}

function versionAfter(fence: Fence): number {
  return typeof fence.version === 'number' ? fence.version + 1 : 1;
}

/**
 * Conditional updates: one more in the window that stands, else the first of a new one. Neither moves the row's version,
 * since neither says anything of the entitlement.
 */
async function countSyncRequest(
  { client, tableName: TableName }: EntitlementTable,
  sub: string,
  limit: RateLimit,
): Promise<'allowed' | 'limited' | 'missing'> {
  const window = Math.floor(limit.nowSeconds / limit.seconds) * limit.seconds;
  const update = async (expression: string, condition: string) => {
    const command = new UpdateCommand({
      TableName,
      Key: { cognito_sub: sub },
      UpdateExpression: expression,
      ConditionExpression: `attribute_exists(cognito_sub) AND ${condition}`,
      ExpressionAttributeNames: { '#window': 'sync_window', '#count': 'sync_count' },
      ExpressionAttributeValues: {
        ':window': window,
        ':one': 1,
        ...(condition.includes(':most') ? { ':most': limit.atMost } : {}),
      },
    });
    return (await conditionally('count sync request', client.send(command))) !== 'condition_failed';
  };
  const more = () => update('SET #count = #count + :one', '#window = :window AND #count < :most');
  if (await more()) return 'allowed';
  const fresh = 'SET #window = :window, #count = :one';
  if (await update(fresh, '(attribute_not_exists(#window) OR #window <> :window)')) return 'allowed';
  // A rival may have begun the window in between, or this very update did, and its answer was lost.
  if (await more()) return 'allowed';
  const command = new GetCommand({ TableName, Key: { cognito_sub: sub }, ConsistentRead: true });
  const { Item } = await calling('read entitlement', client.send(command));
  return Item === undefined ? 'missing' : 'limited';
}
