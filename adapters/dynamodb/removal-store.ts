/**
 * Stores in the entitlement table, under keys that are not a user's (`store_removal#…`), which users RevenueCat still has to
 * forget. An item outlives the account, and holds nothing of the user but the `sub`.
 */
import { STORE_REMOVAL_PREFIX } from '../../contract/tables.ts';
import type { PendingRemoval, PendingRemovals } from '../../core/stores/pending-removal.ts';
import { flagAt, type UnknownRecord } from '../../core/system/record.ts';
import { secondsAt } from './attributes.ts';
import type { EntitlementTable } from './entitlement-store.ts';

export function createPendingRemovals({
  client,
  tableName: TableName,
}: Pick<EntitlementTable, 'client' | 'tableName'>): PendingRemovals {
  const keyOf = (sub: string) => ({ cognito_sub: `${STORE_REMOVAL_PREFIX}${sub}` });
  const put = async (operation: string, removal: PendingRemoval, condition: string): Promise<void> => {
    const { sub, since, requested, expected } = removal;
    await client.putIf(operation, {
      TableName,
      Item: { ...keyOf(sub), since, requested, expected },
      ConditionExpression: condition,
    });
  };
  return {
    read: async (sub) => {
      const key = { TableName, Key: keyOf(sub) };
      const { Item } = await client.get('read store removal', { ...key, ConsistentRead: true });
      return Item === undefined ? undefined : removalIn(sub, Item);
    },
    record: (removal) => put('record store removal', removal, 'attribute_not_exists(cognito_sub)'),
    update: (removal) => put('update store removal', removal, 'attribute_exists(cognito_sub)'),
    clear: async (sub) => {
      await client.delete('clear store removal', { TableName, Key: keyOf(sub) });
    },
  };
}

/** Returns the removal that an item of the table records. Undefined: the item is another one. */
export function listedRemoval(key: string, item: UnknownRecord): PendingRemoval | undefined {
  const sub = key.slice(STORE_REMOVAL_PREFIX.length);
  return key.startsWith(STORE_REMOVAL_PREFIX) && sub !== '' ? removalIn(sub, item) : undefined;
}

/** What other code has made unreadable counts as the weaker proof, and as old, so that it is reported. */
function removalIn(sub: string, item: UnknownRecord): PendingRemoval {
  return {
    sub,
    since: secondsAt(item, 'since') ?? 0,
    requested: flagAt(item, 'requested') === true,
    expected: flagAt(item, 'expected') !== false,
  };
}
