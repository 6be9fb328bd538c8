/**
 * The index of customers, in the entitlement table under keys that are not a user's: `stripe_customer#cus_…`. An item lists
 * the users whose records name the customer, nearly always one.
 */
import { CUSTOMER_KEY_PREFIX } from '../../contract/tables.ts';
import type { CustomerIndex } from '../../core/account/customer-index.ts';
import { Fault } from '../../core/system/fault.ts';
import type { UnknownRecord } from '../../core/system/record.ts';
import { textsAt } from './attributes.ts';
import type { EntitlementTable } from './entitlement-store.ts';

/** Each lost attempt is another writer's success, and a customer has few writers. */
const MAX_ATTEMPTS = 5;

export function customerKey(customerId: string): string {
  return `${CUSTOMER_KEY_PREFIX}${customerId}`;
}

/** Returns the customer of an item of the index, or null for any other item. */
export function customerIn(key: string | null): string | null {
  return key?.startsWith(CUSTOMER_KEY_PREFIX) === true ? key.slice(CUSTOMER_KEY_PREFIX.length) : null;
}

export function usersIn(item: UnknownRecord): readonly string[] {
  return textsAt(item, 'users') ?? [];
}

export function createCustomerIndex({
  client,
  tableName: TableName,
}: Pick<EntitlementTable, 'client' | 'tableName'>): CustomerIndex {
  const keyOf = (customerId: string) => ({ cognito_sub: customerKey(customerId) });
  const usersOf = async (customerId: string) => {
    const Key = keyOf(customerId);
    const { Item } = await client.get('read customer index', { TableName, Key, ConsistentRead: true });
    return Item === undefined ? undefined : usersIn(Item);
  };
  const put = async (customerId: string, users: readonly string[], seen: readonly string[] | undefined) => {
    const unchanged =
      seen === undefined
        ? { ConditionExpression: 'attribute_not_exists(cognito_sub)' }
        : {
            ConditionExpression: '#users = :seen',
            ExpressionAttributeNames: { '#users': 'users' },
            ExpressionAttributeValues: { ':seen': [...seen] },
          };
    const Item = { ...keyOf(customerId), users: [...users] };
    const written = await client.putIf('write customer index', { TableName, Item, ...unchanged });
    return written !== 'condition_failed';
  };
  const deleteIf = async (customerId: string, seen: readonly string[]) => {
    const deleted = await client.deleteIf('delete from customer index', {
      TableName,
      Key: keyOf(customerId),
      ConditionExpression: 'attribute_not_exists(cognito_sub) OR #users = :seen',
      ExpressionAttributeNames: { '#users': 'users' },
      ExpressionAttributeValues: { ':seen': [...seen] },
    });
    return deleted !== 'condition_failed';
  };
  return {
    usersOf: async (customerId) => (await usersOf(customerId)) ?? [],
    add: async (customerId, sub) => {
      // Nearly always, the item is missing.
      if (await put(customerId, [sub], undefined)) return;
      for (let attempts = 1; attempts <= MAX_ATTEMPTS; attempts += 1) {
        const users = await usersOf(customerId);
        if (users?.includes(sub) === true) return;
        if (await put(customerId, [...(users ?? []), sub], users)) return;
      }
      throw new Fault({ code: 'contention', system: 'dynamodb', operation: 'write customer index' });
    },
    drop: async (customerId, sub) => {
      // Nearly always, the item leads to no one else.
      if (await deleteIf(customerId, [sub])) return;
      for (let attempts = 1; attempts <= MAX_ATTEMPTS; attempts += 1) {
        const users = await usersOf(customerId);
        if (users === undefined || !users.includes(sub)) return;
        const others = users.filter((one) => one !== sub);
        const done =
          others.length === 0 ? await deleteIf(customerId, users) : await put(customerId, others, users);
        if (done) return;
      }
      throw new Fault({ code: 'contention', system: 'dynamodb', operation: 'delete from customer index' });
    },
  };
}
