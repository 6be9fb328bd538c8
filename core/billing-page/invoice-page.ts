/** Merges the invoices of several customers into pages. Pure. */
import type { InvoicePage } from '../../contract/billing.ts';
import type { InvoiceQuery, ListedInvoice } from './ports.ts';

export const PAGE_SIZE = 20;
/** What Stripe answers at most. */
const MAX_LIMIT = 100;

/** Where a page begins: after what was seen of the second in which the last one ended. It names no customer, and needs none. */
export interface Cursor {
  readonly at: number;
  readonly seen: readonly string[];
}

const FORM = /^(?<at>\d{1,12})(?<ids>(?:\.in_[\dA-Za-z_]{1,60}){1,100})$/;

/** Returns null for a text that is no cursor. */
export function parseCursor(text: string): Cursor | null {
  const { at, ids } = FORM.exec(text)?.groups ?? {};
  return at === undefined || ids === undefined ? null : { at: Number(at), seen: ids.split('.').slice(1) };
}

export function queryAfter(cursor: Cursor | null): InvoiceQuery {
  if (cursor === null) return { createdUntil: null, limit: PAGE_SIZE };
  return { createdUntil: cursor.at, limit: Math.min(MAX_LIMIT, PAGE_SIZE + cursor.seen.length) };
}

export interface Listing {
  readonly entries: readonly ListedInvoice[];
  readonly hasMore: boolean;
}

/** Returns a page of all the customers' invoices, the newest first. */
export function pageOf(listings: readonly Listing[], cursor: Cursor | null): InvoicePage {
  const seen = new Set(cursor?.seen);
  const fresh = listings.flatMap(({ entries }) => entries).filter(({ id }) => !seen.has(id));
  const sorted = fresh.sort((a, b) => b.created - a.created || (a.id < b.id ? 1 : -1));
  const taken = sorted.slice(0, PAGE_SIZE);
  const last = taken.at(-1);
  // Without an entry that is new, the next page would be this one again.
  const more = last !== undefined && (sorted.length > PAGE_SIZE || listings.some(({ hasMore }) => hasMore));
  return {
    data: taken.map(({ invoice }) => invoice).filter((invoice) => invoice !== null),
    has_more: more,
    next_cursor: more ? cursorAfter(taken, last, cursor) : null,
  };
}

function cursorAfter(
  taken: readonly ListedInvoice[],
  { created }: ListedInvoice,
  before: Cursor | null,
): string {
  const now = taken.filter((one) => one.created === created).map(({ id }) => id);
  const earlier = before?.at === created ? before.seen : [];
  return [String(created), ...earlier, ...now].join('.');
}
