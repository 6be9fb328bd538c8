/**
 * The entitlement table. Every write has a condition, so that it neither overwrites a newer row nor restores a deleted
 * one.
 */
import type { EntitlementStore, Fence } from '../../core/entitlement/row.ts';
import type { Clock } from '../../core/system/clock.ts';
import { isRecord } from '../../core/system/record.ts';
import type { DynamoDb } from './dynamodb.ts';
import { attributesOf, rowOf } from './entitlement-item.ts';
import { createEntitlementReader } from './entitlement-reader.ts';
import { createLeases } from './leases.ts';
import { versionAttributes } from './sync-item.ts';
import { setAll } from './update-expression.ts';

export interface EntitlementTable {
  readonly client: DynamoDb;
  readonly tableName: string;
  readonly clock: Pick<Clock, 'nowIso'>;
}

export function createEntitlementStore(table: EntitlementTable): EntitlementStore {
  const { client, tableName: TableName, clock } = table;
  const key = (sub: string) => ({ TableName, Key: { cognito_sub: sub } });
  return {
    ...createEntitlementReader(table),
    createIfAbsent: async (sub, state) => {
      const started = { trial_started_at: state.trialStartedAt ?? null };
      const versioned = { updatedAt: clock.nowIso(), ...versionAttributes(state, 1) };
      const attributes = { ...attributesOf(state), ...started, ...versioned };
      const present = Object.entries(attributes).filter(([, value]) => value !== null);
      const item = { cognito_sub: sub, ...Object.fromEntries(present) };
      const result = await client.putIf('create entitlement', {
        TableName,
        Item: item,
        ConditionExpression: 'attribute_not_exists(cognito_sub)',
      });
      return result === 'condition_failed' ? 'exists' : rowOf(sub, item);
    },
    replace: async (row, state) => {
      const update = setAll({
        ...attributesOf(state, row),
        updatedAt: clock.nowIso(),
        ...versionAttributes(state, versionAfter(row.fence)),
      });
      const unchanged = unchangedSince(row.fence);
      const result = await client.updateIf('write entitlement', {
        ...key(row.sub),
        ...update,
        ExpressionAttributeNames: { ...update.ExpressionAttributeNames, ...unchanged.names },
        // An update creates a missing item, which would restore a deleted user.
        ConditionExpression: `attribute_exists(cognito_sub) AND ${unchanged.condition}`,
        ExpressionAttributeValues: { ...update.ExpressionAttributeValues, ...unchanged.values },
      });
      return result === 'condition_failed' ? 'conflict' : 'written';
    },
    ...createLeases(table),
    removeIfUnchanged: async (row) => {
      const { condition, names, values } = unchangedSince(row.fence);
      const result = await client.deleteIf('remove entitlement', {
        ...key(row.sub),
        ConditionExpression: `attribute_not_exists(cognito_sub) OR (${condition})`,
        ExpressionAttributeNames: names,
        ...(Object.keys(values).length > 0 ? { ExpressionAttributeValues: values } : {}),
      });
      return result === 'condition_failed' ? 'conflict' : 'removed';
    },
  };
}

/**
 * Returns the condition that the row is unchanged. Rows of other writers have no version or one of another type, and a change
 * by another writer raises none.
 */
function unchangedSince({ version, attributes = {} }: Fence): {
  readonly condition: string;
  readonly names: Record<string, string>;
  readonly values: Record<string, unknown>;
} {
  // A number that JavaScript cannot hold exactly would never be equal.
  const isComparable = (value: unknown) => typeof value !== 'number' || Number.isSafeInteger(value);
  const seen = Object.entries({ version, ...attributes }).filter(([, value]) => isComparable(value));
  const present = seen.filter(([, value]) => value !== undefined);
  return {
    condition: seen.map(([name, value]) => unchangedValue(name, value)).join(' AND '),
    names: Object.fromEntries(seen.map(([name]) => [`#seen_${name}`, name])),
    values: Object.fromEntries(
      present.map(([name, value]) => [`:seen_${name}`, documentType(value) ?? value]),
    ),
  };
}

function unchangedValue(name: string, value: unknown): string {
  if (value === undefined) return `attribute_not_exists(#seen_${name})`;
  const isDocument = documentType(value) !== undefined;
  return isDocument ? `attribute_type(#seen_${name}, :seen_${name})` : `#seen_${name} = :seen_${name}`;
}

/** A list or a map may hold such a number too, and means nothing here: it must only still be one. */
function documentType(value: unknown): 'L' | 'M' | undefined {
  if (Array.isArray(value)) return 'L';
  const isMap = isRecord(value) && !(value instanceof Set) && !ArrayBuffer.isView(value);
  return isMap ? 'M' : undefined;
}

function versionAfter(fence: Fence): number {
  return typeof fence.version === 'number' ? fence.version + 1 : 1;
}
