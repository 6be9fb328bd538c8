/** Finds the customers that name a user: by Stripe's search, which lags, and by its lists, which do not. */
import { Fault } from '../../core/system/fault.ts';
import { recordAt, recordsIn, textAt, type UnknownRecord } from '../../core/system/record.ts';
import { systemClock } from '../system/clock.ts';
import { httpDateMs } from '../system/http-date.ts';
import type { StripeApi } from './api.ts';
import { callStripe, orMissing, orWithoutSearch } from './call.ts';
import { listIn, secondsAt } from './json.ts';
import { isOfAnotherPool, searchQueryFor, subIn } from './metadata.ts';
import { cursorAfter, pageAfter } from './pages.ts';

/** An upper bound: more matches than this for one user would mean that the metadata is wrong. */
const MAX_MATCHES = 100;
/** A search answers within a second. A user waits for it, and the library would repeat one that hangs. */
const SEARCH_LIMIT_MS = 8_000;

export async function findCustomers(
  stripe: StripeApi,
  sub: string,
): Promise<readonly string[] | 'unavailable'> {
  const search = () => stripe.customers.search({ query: searchQueryFor(sub), limit: MAX_MATCHES });
  const answer = await orWithoutSearch('search customers', systemClock.within(SEARCH_LIMIT_MS, search));
  if (answer === 'unavailable') return 'unavailable';
  return idsOf(listIn('search customers', answer).entries, sub);
}

/** The search lags by up to an hour during an outage. */
const SEARCH_LAG_SECONDS = 2 * 3_600;
/** Without a search, the list must go back to every creation whose failure Stripe may still replay. */
const KEY_LIFETIME_SECONDS = 26 * 3_600;

/** Returns the customers of the search and of the list of recent customers, confirmed by a read of each. */
export async function findEveryCustomer(
  stripe: StripeApi,
  { poolId, sub }: { readonly poolId: string; readonly sub: string },
): Promise<readonly string[]> {
  const searched = await findCustomers(stripe, sub);
  const withinSeconds = searched === 'unavailable' ? KEY_LIFETIME_SECONDS : SEARCH_LAG_SECONDS;
  const recent = idsOf(await recentCustomers(stripe, withinSeconds), sub);
  const ids = [...new Set([...(searched === 'unavailable' ? [] : searched), ...recent])];
  // The index may also hold customers that were deleted since.
  const current = await Promise.all(
    ids.map((id): Promise<unknown> => orMissing('retrieve customer', stripe.customers.retrieve(id))),
  );
  const existing = existingOf(recordsIn(current), sub).filter(
    (customer) => !isOfAnotherPool(recordAt(customer, 'metadata'), poolId),
  );
  const createdAt = (customer: UnknownRecord): number => secondsAt(customer, 'created') ?? 0;
  return idsOf(
    [...existing].sort((a, b) => createdAt(a) - createdAt(b)),
    sub,
  );
}

/** With `PAGE_SIZE`, 5,000 customers. */
const MAX_PAGES = 50;

/** Returns the newest customers of the account, back to the given age by Stripe's clock. */
async function recentCustomers(stripe: StripeApi, withinSeconds: number): Promise<readonly UnknownRecord[]> {
  const operation = 'list customers';
  const found: UnknownRecord[] = [];
  const cursors = new Set<string>();
  let after: string | null = null;
  let since: number | undefined;
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const answer = await callStripe(operation, stripe.customers.list(pageAfter(after)));
    const sentMs = httpDateMs(answer.lastResponse.headers['date']);
    if (sentMs === null) break;
    since ??= Math.floor(sentMs / 1000) - withinSeconds;
    const { entries, hasMore } = listIn(operation, answer);
    found.push(...entries);
    const oldest = secondsAt(found.at(-1) ?? null, 'created') ?? since;
    if (!hasMore || oldest < since) return found;
    after = cursorAfter(operation, entries, cursors);
    cursors.add(after);
  }
  throw new Fault({
    code: 'unavailable',
    system: 'stripe',
    operation: 'list customers',
    reason: 'recent_customers_incomplete',
  });
}

/** Leaves out what a lagging index still lists: deleted customers, and customers that now name another user. */
function existingOf(customers: readonly UnknownRecord[], sub: string): readonly UnknownRecord[] {
  return customers.filter(
    (customer) => customer['deleted'] !== true && subIn(recordAt(customer, 'metadata')) === sub,
  );
}

function idsOf(customers: readonly UnknownRecord[], sub: string): readonly string[] {
  return existingOf(customers, sub)
    .map((customer) => textAt(customer, 'id'))
    .filter((id) => id !== null);
}
