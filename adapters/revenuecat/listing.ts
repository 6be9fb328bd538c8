/** Reads every page of a list of RevenueCat's. */
import { Fault } from '../../core/system/fault.ts';
import { recordsIn, textAt, type UnknownRecord, valueAt } from '../../core/system/record.ts';
import type { RevenueCatClient } from './client.ts';

export interface Listing {
  readonly items: readonly UnknownRecord[];
  readonly asOf: number | null;
}

/** A list that has more pages is not read to its end: no user has that many purchases. */
const MAX_PAGES = 20;

/** `path` has a query already. Returns `missing` if the customer does not exist. Throws if the list has no known shape or end. */
export async function listEvery(
  client: Pick<RevenueCatClient, 'get'>,
  operation: string,
  path: string,
): Promise<Listing | 'missing'> {
  const items: UnknownRecord[] = [];
  let asOf: number | null = null;
  let after: string | null = null;
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const cursor = after === null ? '' : `&starting_after=${encodeURIComponent(after)}`;
    const answer = await client.get(operation, `${path}${cursor}`);
    if (answer === 'missing') return 'missing';
    const found = valueAt(answer.body, 'items');
    if (!Array.isArray(found)) throw unknownShape(operation);
    // The first page holds the oldest data.
    if (page === 0) asOf = answer.asOf;
    const records = recordsIn(found);
    items.push(...records);
    after = textAt(records.at(-1) ?? null, 'id');
    if (textAt(answer.body, 'next_page') === null || after === null) return { items, asOf };
  }
  throw unknownShape(operation);
}

export function unknownShape(operation: string): Fault {
  return new Fault({ code: 'unknown_shape', system: 'revenuecat', operation });
}
