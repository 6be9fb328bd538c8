/**
 * Counts the requests of each user in the entitlement table, under keys that are not a user's (`limit#…`): so a count never
 * looks like a row, and needs none.
 */

import { REQUESTS_KEY_PREFIX } from '../../contract/tables.ts';
import {
  type LimitedRequest,
  type RateLimit,
  type RequestCounter,
  windowOf,
} from '../../core/limits/request-limits.ts';
import { valueAt } from '../../core/system/record.ts';
import type { EntitlementTable } from './entitlement-store.ts';

type CounterTable = Pick<EntitlementTable, 'client' | 'tableName'>;

export function createRequestCounter(table: CounterTable): RequestCounter {
  const { client, tableName: TableName } = table;
  const keyOf = (sub: string) => ({ TableName, Key: { cognito_sub: `${REQUESTS_KEY_PREFIX}${sub}` } });
  return {
    count: (sub, kind, limit) => count({ client, target: keyOf(sub) }, kind, limit),
    isExhausted: async (sub, kind, limit) => {
      const { Item = {} } = await client.get('read request count', { ...keyOf(sub), ConsistentRead: true });
      const [window, counted] = [valueAt(Item, `${kind}_window`), valueAt(Item, `${kind}_count`)];
      const { first, last } = windowsOf(limit);
      const isCurrent = typeof window === 'number' && window >= first && window <= last;
      return isCurrent && typeof counted === 'number' && counted >= limit.atMost;
    },
    forget: async (sub) => {
      await client.delete('remove request counts', keyOf(sub));
    },
  };
}

/**
 * The clock of another machine may be past the end of the window already. Its window then counts for both, because setting it
 * back would begin a new count. A later window than the next one is an error of a clock, and does not count.
 */
function windowsOf(limit: RateLimit): { readonly first: number; readonly last: number } {
  const first = windowOf(limit);
  return { first, last: first + limit.seconds };
}

interface Counted extends Pick<CounterTable, 'client'> {
  readonly target: { readonly TableName: string; readonly Key: Readonly<Record<string, unknown>> };
}

/** Each update takes effect only while the count is below the limit, so no number of simultaneous requests passes it. */
async function count(
  { client, target }: Counted,
  kind: LimitedRequest,
  limit: RateLimit,
): Promise<'allowed' | 'limited'> {
  const { first, last } = windowsOf(limit);
  const update = async (
    UpdateExpression: string,
    ConditionExpression: string,
    values: Readonly<Record<string, unknown>>,
  ) => {
    const result = await client.updateIf('count request', {
      ...target,
      Key: { ...target.Key },
      UpdateExpression,
      ConditionExpression,
      ExpressionAttributeNames: { '#window': `${kind}_window`, '#count': `${kind}_count` },
      ExpressionAttributeValues: { ':first': first, ':last': last, ':one': 1, ...values },
    });
    return result !== 'condition_failed';
  };
  const isCurrent = '#window BETWEEN :first AND :last';
  const increment = () =>
    update('SET #count = #count + :one', `${isCurrent} AND #count < :most`, { ':most': limit.atMost });
  const begin = () =>
    update('SET #window = :first, #count = :one', `attribute_not_exists(#window) OR NOT (${isCurrent})`, {});
  if (await increment()) return 'allowed';
  if (await begin()) return 'allowed';
  // Another request may have begun the window in between, or this one did and the answer was lost.
  return (await increment()) ? 'allowed' : 'limited';
}
