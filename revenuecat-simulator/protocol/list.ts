/** Lists in the format of RevenueCat's API. */
import { invalidParameter } from './errors.ts';
import type { PageRequest } from './query.ts';

export interface List<T> {
  readonly object: 'list';
  readonly items: readonly T[];
  /** The path of the next page, relative to the host. */
  readonly next_page: string | null;
  /** The path of the list. */
  readonly url: string;
}

/** Returns a list with all of its items. */
export function wholeList<T>(items: readonly T[], url: string): List<T> {
  return { object: 'list', items, next_page: null, url };
}

/** Returns one page. `filters` are the other parameters, which the next page repeats. */
export function pageOf<T extends { readonly id: string }>(
  items: readonly T[],
  page: PageRequest,
  { url, filters = {} }: { readonly url: string; readonly filters?: Readonly<Record<string, string>> },
): List<T> {
  const { limit, startingAfter } = page;
  const cursor = startingAfter === undefined ? -1 : items.findIndex(({ id }) => id === startingAfter);
  if (startingAfter !== undefined && cursor === -1) {
    throw invalidParameter('starting_after', `starting_after names no item of this list: ${startingAfter}.`);
  }
  const shown = items.slice(cursor + 1, cursor + 1 + limit);
  const last = shown.at(-1);
  const more = last !== undefined && cursor + 1 + limit < items.length;
  const query = new URLSearchParams({ ...filters, limit: String(limit), starting_after: last?.id ?? '' });
  return { object: 'list', items: shown, next_page: more ? `${url}?${query.toString()}` : null, url };
}
