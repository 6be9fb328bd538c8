/** Lists the users of RevenueCat's customers, one page per call. */

import type { Listings } from '../../core/reconcile/listings.ts';
import { isUser } from '../../core/stores/apply-store-event.ts';
import { Fault } from '../../core/system/fault.ts';
import {
  integerAt,
  recordAt,
  recordsIn,
  textAt,
  type UnknownRecord,
  valueAt,
} from '../../core/system/record.ts';
import type { OpenStores } from './access.ts';
import { unknownShape } from './listing.ts';
import { queryAfter } from './path.ts';

const OPERATION = 'list customers';

/** `seenSince`: Unix seconds, for customers of which the list does not show what is active. */
export function createStoreListings(
  stores: OpenStores | null,
  seenSince: number,
): Pick<Listings, 'storeCustomers'> {
  if (stores === null) {
    return { storeCustomers: async () => ({ items: [], next: null }) };
  }
  const { client, purchases } = stores;
  return {
    storeCustomers: async (cursor) => {
      const after = queryAfter(cursor);
      if (after === null) throw unknownShape(OPERATION);
      const answer = await client.get(OPERATION, `/customers?limit=100${after}`);
      if (answer === 'missing') {
        throw new Fault({ code: 'refused', system: 'revenuecat', operation: OPERATION, statusCode: 404 });
      }
      const found = valueAt(answer.body, 'items');
      if (!Array.isArray(found)) throw unknownShape(OPERATION);
      const customers = recordsIn(found);
      const current = customers.filter((customer) => mayHavePurchases(customer, seenSince));
      const ids = await Promise.all(
        current.map(async (customer) => {
          const id = textAt(customer, 'id') ?? '';
          return isUser(id) ? [id] : purchases.readAliases(id);
        }),
      );
      const subs = [...new Set(ids.flat().filter(isUser))];
      return { items: subs.map((sub) => ({ sub })), next: nextOf(answer.body, { customers, cursor }) };
    },
  };
}

function nextOf(
  body: UnknownRecord,
  { customers, cursor }: { readonly customers: readonly UnknownRecord[]; readonly cursor: string | null },
): string | null {
  if (textAt(body, 'next_page') === null) return null;
  const last = textAt(customers.at(-1) ?? null, 'id');
  // The customers after it would be left out, or the same page would be read without end.
  if (last === null || last === cursor) throw unknownShape(OPERATION);
  return last;
}

/** Most customers have bought nothing. The time in which the app was open counts only where the list does not show that. */
function mayHavePurchases(customer: UnknownRecord, seenSince: number): boolean {
  const entitlements = valueAt(recordAt(customer, 'active_entitlements'), 'items');
  if (Array.isArray(entitlements)) return entitlements.length > 0;
  const seenAt = integerAt(customer, 'last_seen_at');
  return seenAt === null || seenAt >= seenSince * 1_000;
}
