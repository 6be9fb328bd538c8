/** The update that takes the lease of a row and returns the row: one call for both. */
import type { LeaseRequest } from '../../core/entitlement/row.ts';
import { setAll } from './update-expression.ts';

export function leaseUpdate({ id, nowMs, lastsMs, notSyncedAfter, syncs }: LeaseRequest) {
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
