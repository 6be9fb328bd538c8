/** The lists of API v2: pages with the URLs of those before and after. */
import { limitOf } from './list.ts';
import type { ApiRequest } from './route.ts';
import { invalidParameter } from './stripe-error.ts';

interface Page<T> {
  readonly data: readonly T[];
  readonly next_page_url: string | null;
  readonly previous_page_url: string | null;
}

/** Returns the requested page. A page names the entry that it begins with, so new entries do not move it. */
export function pageOfV2<T>(
  { params, path, query }: ApiRequest,
  entries: readonly T[],
  nameOf: (entry: T) => string,
): Page<T> {
  const limit = limitOf(params);
  const start = startOf(params.string('page'), entries.map(nameOf));
  const urlAt = (index: number): string | null => {
    const entry = entries[index];
    if (entry === undefined) return null;
    const fields = new URLSearchParams(query ?? '');
    fields.set('page', Buffer.from(nameOf(entry)).toString('base64url'));
    return `${path}?${fields.toString()}`;
  };
  return {
    data: entries.slice(start, start + limit),
    next_page_url: urlAt(start + limit),
    previous_page_url: start === 0 ? null : urlAt(Math.max(0, start - limit)),
  };
}

function startOf(page: string | undefined, names: readonly string[]): number {
  if (page === undefined) return 0;
  const start = names.indexOf(Buffer.from(page, 'base64url').toString('utf8'));
  if (start >= 0) return start;
  throw invalidParameter({ message: 'There is no such page.', param: 'page' });
}
