/** The leases of rows. One call takes the lease of a row and returns the row. */
import type { EntitlementStore, LeaseRequest } from '../../core/entitlement/row.ts';
import type { DynamoDb } from './dynamodb.ts';
import { rowOf } from './entitlement-item.ts';
import { BLANK } from './sync-item.ts';
import { setAll } from './update-expression.ts';

interface LeaseTable {
  readonly client: Pick<DynamoDb, 'updateIf'>;
  readonly tableName: string;
}

export function createLeases({
  client,
  tableName: TableName,
}: LeaseTable): Pick<EntitlementStore, 'takeLease' | 'announceFeatures' | 'endLease'> {
  const key = (sub: string) => ({ TableName, Key: { cognito_sub: sub } });
  return {
    takeLease: async (sub, lease) => {
      const result = await client.updateIf('lease entitlement', { ...key(sub), ...leaseUpdate(lease) });
      const item = result === 'condition_failed' ? undefined : result.Attributes;
      return item === undefined ? undefined : rowOf(sub, item);
    },
    announceFeatures: async (sub, id) => {
      const result = await client.updateIf('announce features', {
        ...key(sub),
        // It names the holder, so that it says nothing of the next one.
        UpdateExpression: 'SET #lease_features = :lease_id',
        ConditionExpression: '#lease_id = :lease_id',
        ExpressionAttributeNames: { '#lease_id': 'lease_id', '#lease_features': 'lease_features' },
        ExpressionAttributeValues: { ':lease_id': id },
      });
      return result !== 'condition_failed';
    },
    endLease: async (sub, id) => {
      await client.updateIf('end lease', {
        ...key(sub),
        UpdateExpression: 'REMOVE #lease_id, #lease_since',
        ConditionExpression: '#lease_id = :lease_id',
        ExpressionAttributeNames: { '#lease_id': 'lease_id', '#lease_since': 'lease_since' },
        ExpressionAttributeValues: { ':lease_id': id },
      });
    },
  };
}

function leaseUpdate({ id, nowMs, lastsMs, notSyncedAfter }: LeaseRequest) {
  const { ExpressionAttributeNames, ExpressionAttributeValues, ...update } = setAll({
    lease_id: id,
    lease_since: nowMs,
  });
  // What is no lease, because other code has put it there, holds up no one.
  const isFree = [
    'NOT #lease_id > :blank',
    'NOT attribute_type(#lease_since, :number)',
    '#lease_id = :lease_id',
    '#lease_since < :oldest',
    '#lease_since > :newest',
  ];
  const guards = [
    // An update creates a missing item, which would restore a deleted user.
    'attribute_exists(cognito_sub)',
    `(${isFree.join(' OR ')})`,
    ...(notSyncedAfter === undefined ? [] : syncTimes.map((name) => `NOT #${name} > :not_after`)),
  ];
  return {
    ...update,
    ConditionExpression: guards.join(' AND '),
    ExpressionAttributeNames: {
      ...ExpressionAttributeNames,
      ...(notSyncedAfter === undefined
        ? {}
        : Object.fromEntries(syncTimes.map((name) => [`#${name}`, name]))),
    },
    ExpressionAttributeValues: {
      ...ExpressionAttributeValues,
      ':blank': BLANK,
      ':number': 'N',
      ':oldest': nowMs - lastsMs,
      ':newest': nowMs + lastsMs,
      ...(notSyncedAfter === undefined ? {} : { ':not_after': notSyncedAfter }),
    },
    ReturnValues: 'ALL_NEW',
  } as const;
}

const syncTimes = ['synced_at', 'subscriptions_synced_at'] as const;
