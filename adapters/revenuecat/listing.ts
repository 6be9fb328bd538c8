/** Reads every page of a list of RevenueCat's. */
import { Fault } from '../../core/system/fault.ts';
import { recordsIn, textAt, type UnknownRecord, valueAt } from '../../core/system/record.ts';
import type { RevenueCatClient } from './client.ts';
import { queryAfter } from './path.ts';

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
  const items = new Map<unknown, UnknownRecord>();
  let asOf: number | null = null;
  let after: string | null = null;
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const cursor = queryAfter(after);
    if (cursor === null) throw unknownShape(operation);
    const answer = await client.get(operation, `${path}${cursor}`);
    if (answer === 'missing') {
      if (page === 0) return 'missing';
      throw unknownShape(operation);
    }
    const found = valueAt(answer.body, 'items');
    if (!Array.isArray(found)) throw unknownShape(operation);
    // The first page holds the oldest data.
    if (page === 0) asOf = answer.asOf;
    const records = recordsIn(found);
    // An item that is added in between moves the last one of a page to the next page too.
    for (const record of records) items.set(textAt(record, 'id') ?? record, record);
    if (textAt(answer.body, 'next_page') === null) return { items: [...items.values()], asOf };
    const last = textAt(records.at(-1) ?? null, 'id');
    // A list that looks shorter than it is would end what it leaves out.
    if (last === null || last === after) throw unknownShape(operation);
    after = last;
  }
  throw unknownShape(operation);
}

export function unknownShape(operation: string): Fault {
  return new Fault({ code: 'unknown_shape', system: 'revenuecat', operation });
}
