/** The leases of rows. One call takes the lease of a row and returns the row. */
import type { EntitlementStore, LeaseRequest } from '../../core/entitlement/row.ts';
import type { DynamoDb } from './dynamodb.ts';
import { rowOf } from './entitlement-item.ts';
import { setAll } from './update-expression.ts';

interface LeaseTable {
  readonly client: Pick<DynamoDb, 'updateIf'>;
  readonly tableName: string;
}

export function createLeases({
  client,
  tableName: TableName,
}: LeaseTable): Pick<EntitlementStore, 'takeLease' | 'endLease'> {
  const key = (sub: string) => ({ TableName, Key: { cognito_sub: sub } });
  return {
    takeLease: async (sub, lease) => {
      const result = await client.updateIf('lease entitlement', { ...key(sub), ...leaseUpdate(lease) });
      const item = result === 'condition_failed' ? undefined : result.Attributes;
      return item === undefined ? undefined : rowOf(sub, item);
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

function leaseUpdate({ id, nowMs, lastsMs, notSyncedAfter, syncs }: LeaseRequest) {
  const { ExpressionAttributeNames, ExpressionAttributeValues, ...update } = setAll({
    lease_id: id,
    lease_since: nowMs,
  });
  const isFree = [
    'attribute_not_exists(#lease_since)',
    '#lease_id = :lease_id',
    '#lease_since < :oldest',
    '#lease_since > :newest',
  ];
  const guards = [
    // An update creates a missing item, which would restore a deleted user.
    'attribute_exists(cognito_sub)',
    `(${isFree.join(' OR ')})`,
    ...(notSyncedAfter === undefined
      ? []
      : ['(attribute_not_exists(#synced_at) OR #synced_at <= :not_after)']),
    ...(syncs === undefined ? [] : [syncs === 0 ? 'attribute_not_exists(#syncs)' : '#syncs = :syncs']),
  ];
  return {
    ...update,
    ConditionExpression: guards.join(' AND '),
    ExpressionAttributeNames: {
      ...ExpressionAttributeNames,
      ...(notSyncedAfter === undefined ? {} : { '#synced_at': 'synced_at' }),
      ...(syncs === undefined ? {} : { '#syncs': 'syncs' }),
    },
    ExpressionAttributeValues: {
      ...ExpressionAttributeValues,
      ':oldest': nowMs - lastsMs,
      ':newest': nowMs + lastsMs,
      ...(notSyncedAfter === undefined ? {} : { ':not_after': notSyncedAfter }),
      ...(syncs === undefined || syncs === 0 ? {} : { ':syncs': syncs }),
    },
    ReturnValues: 'ALL_NEW',
  } as const;
}
