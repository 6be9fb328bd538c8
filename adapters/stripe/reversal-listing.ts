/** Lists the customers whose payments were refunded, disputed or credited, or whose invoices were given up. */
import type { Listings } from '../../core/reconcile/listings.ts';
import { recordAt, textAt, type UnknownRecord } from '../../core/system/record.ts';
import type { StripeApi } from './api.ts';
import { callStripe, orForbidden } from './call.ts';
import { idAt, listIn } from './json.ts';
import { cursorAfter, type PageParams, pageAfter } from './pages.ts';

/** In the order in which they are listed. The cursor contains the kind. */
const kinds = ['refunds', 'disputes', 'credit_notes', 'void', 'uncollectible'] as const;
type Kind = (typeof kinds)[number];

interface Paging extends PageParams {
  readonly created: { readonly gte: number };
}

const OPERATION = 'list reversals';

/**
 * Each customer is listed once, since all that happened to its payments is read together: on the first page that shows it, also
 * when that page is read again.
 */
export function createReversalListing(stripe: StripeApi, since: number): Listings['reversals'] {
  const shownAt = new Map<string, string>();
  return async (from) => {
    const [name, after = ''] = (from ?? 'refunds ').split(' ');
    const kind = kinds.find((known) => known === name) ?? 'refunds';
    const page = `${kind} ${after}`;
    const cursor = after === '' ? null : after;
    const answer = await listPage(stripe, kind, { created: { gte: since }, ...pageAfter(cursor) });
    const { entries, hasMore } = listIn(OPERATION, answer);
    const items = [...new Set(entries.map((json) => customerIn(kind, json)))]
      .filter((customerId) => customerId !== null)
      .filter((customerId) => (shownAt.get(customerId) ?? page) === page)
      .map((customerId) => ({ customerId }));
    for (const { customerId } of items) shownAt.set(customerId, page);
    if (hasMore) return { items, next: `${kind} ${cursorAfter(OPERATION, entries, new Set([cursor]))}` };
    const following = kinds[kinds.indexOf(kind) + 1];
    return { items, next: following === undefined ? null : `${following} ` };
  };
}

async function listPage(stripe: StripeApi, kind: Kind, paging: Paging): Promise<unknown> {
  switch (kind) {
    case 'refunds':
      return callStripe(OPERATION, stripe.refunds.list({ ...paging, expand: ['data.charge'] }));
    case 'disputes':
      return callStripe(OPERATION, stripe.disputes.list({ ...paging, expand: ['data.charge'] }));
    case 'credit_notes': {
      // A key without that permission finds what its other permissions show.
      const notes = await orForbidden(callStripe(OPERATION, stripe.creditNotes.list(paging)));
      return notes === 'forbidden' ? { data: [], has_more: false } : notes;
    }
    default:
      return callStripe(OPERATION, stripe.invoices.list({ ...paging, status: kind }));
  }
}

/** A first invoice that was never paid is voided with its subscription, which gave nothing. */
function customerIn(kind: Kind, json: UnknownRecord): string | null {
  if (kind === 'refunds' || kind === 'disputes') return idAt(recordAt(json, 'charge'), 'customer');
  if (kind === 'void' && textAt(json, 'billing_reason') === 'subscription_create') return null;
  return idAt(json, 'customer');
}
