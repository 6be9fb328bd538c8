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

interface IndexItem {
  readonly users: readonly string[];
  readonly version: unknown;
}

export function createCustomerIndex({
  client,
  tableName: TableName,
}: Pick<EntitlementTable, 'client' | 'tableName'>): CustomerIndex {
  const keyOf = (customerId: string) => ({ cognito_sub: customerKey(customerId) });
  const read = async (customerId: string): Promise<IndexItem | undefined> => {
    const Key = keyOf(customerId);
    const { Item } = await client.get('read customer index', { TableName, Key, ConsistentRead: true });
    return Item === undefined ? undefined : { users: usersIn(Item), version: Item['version'] };
  };
  const put = async (customerId: string, users: readonly string[], seen: IndexItem | undefined) => {
    const version = typeof seen?.version === 'number' ? seen.version + 1 : 1;
    const Item = { ...keyOf(customerId), users: [...users], version };
    const written = await client.putIf('write customer index', { TableName, Item, ...unchangedSince(seen) });
    return written !== 'condition_failed';
  };
  const deleteIf = async (customerId: string, condition: Condition) => {
    const Key = keyOf(customerId);
    const deleted = await client.deleteIf('delete from customer index', { TableName, Key, ...condition });
    return deleted !== 'condition_failed';
  };
  const remove = (customerId: string, sub: string, seen: IndexItem) => {
    const others = seen.users.filter((one) => one !== sub);
    return others.length === 0 ? deleteIf(customerId, unchangedSince(seen)) : put(customerId, others, seen);
  };
  return {
    usersOf: async (customerId) => (await read(customerId))?.users ?? [],
    add: async (customerId, sub) => {
      // Nearly always, the item is missing.
      if (await put(customerId, [sub], undefined)) return;
      for (let attempts = 1; attempts <= MAX_ATTEMPTS; attempts += 1) {
        const seen = await read(customerId);
        if (seen?.users.includes(sub) === true) return;
        if (await put(customerId, [...(seen?.users ?? []), sub], seen)) return;
      }
      throw new Fault({ code: 'contention', system: 'dynamodb', operation: 'write customer index' });
    },
    drop: async (customerId, sub) => {
      if (await deleteIf(customerId, leadsOnlyTo(sub))) return;
      for (let attempts = 1; attempts <= MAX_ATTEMPTS; attempts += 1) {
        const seen = await read(customerId);
        if (seen?.users.includes(sub) !== true || (await remove(customerId, sub, seen))) return;
      }
      throw new Fault({ code: 'contention', system: 'dynamodb', operation: 'delete from customer index' });
    },
  };
}

interface Condition {
  readonly ConditionExpression: string;
  readonly ExpressionAttributeNames?: Record<string, string>;
  readonly ExpressionAttributeValues?: Record<string, unknown>;
}

function unchangedSince(seen: IndexItem | undefined): Condition {
  if (seen === undefined) return { ConditionExpression: 'attribute_not_exists(cognito_sub)' };
  if (seen.version === undefined) {
    return {
      ConditionExpression: 'attribute_not_exists(#version)',
      ExpressionAttributeNames: { '#version': 'version' },
    };
  }
  return {
    ConditionExpression: '#version = :seen',
    ExpressionAttributeNames: { '#version': 'version' },
    ExpressionAttributeValues: { ':seen': seen.version },
  };
}

/** Nearly always, the item leads to no one else, or is missing. */
function leadsOnlyTo(sub: string): Condition {
  return {
    ConditionExpression:
      'attribute_not_exists(cognito_sub) OR (contains(#users, :sub) AND size(#users) = :one)',
    ExpressionAttributeNames: { '#users': 'users' },
    ExpressionAttributeValues: { ':sub': sub, ':one': 1 },
  };
}
