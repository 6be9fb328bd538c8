/** Reads the entitlement table. A function that only reads has no code that writes. */
import type { EntitlementStore } from '../../core/entitlement/row.ts';
import type { DynamoDb } from './dynamodb.ts';
import { rowOf } from './entitlement-item.ts';

export interface ReadTable {
  readonly client: Pick<DynamoDb, 'get'>;
  readonly tableName: string;
}

export function createEntitlementReader({
  client,
  tableName: TableName,
}: ReadTable): Pick<EntitlementStore, 'read'> {
  return {
    read: async (sub) => {
      const input = { TableName, Key: { cognito_sub: sub }, ConsistentRead: true };
      const { Item } = await client.get('read entitlement', input);
      return Item === undefined ? undefined : rowOf(sub, Item);
    },
  };
}
