/** Stripe's search results, paged with `page`. */
import type { Table, Wanted } from '../store/table.ts';
import type { World } from '../world/world.ts';
import { limitOf } from './list.ts';
import type { ApiRequest, Route } from './route.ts';
import {
  parseSearch,
  requiredText,
  type Searchable,
  type SearchFields,
  type SearchQuery,
  searchTest,
} from './search-query.ts';
import { invalidRequest } from './stripe-error.ts';

export interface SearchIndex<T extends { readonly id: string }> {
  readonly table: Table<T>;
  readonly fields: SearchFields<T>;
}

type Searched = Searchable & { readonly id: string; readonly created: number };

/** Returns the route that searches a resource, such as `/v1/charges/search`. */
export function searchRoute<T extends Searched>(
  path: string,
  table: (world: World) => Table<T>,
  fields: SearchIndex<T>['fields'],
): Route {
  const operation = (world: World, request: ApiRequest) =>
    searchPage<T>(world, request, { table: table(world), fields });
  return { method: 'GET', path: `${path}/search`, operation };
}

function searchPage<T extends Searched>(
  world: World,
  request: ApiRequest,
  { table, fields }: SearchIndex<T>,
): object {
  const { params, path } = request;
  const query = parseSearch(params.required('query'));
  const isMatch = searchTest(query, fields);
  const limit = limitOf(params);
  const offset = offsetOf(params.string('page'));
  const indexedUntil = world.ownSeconds() - world.searchLagSeconds;
  // Stripe returns the total only when it is expanded.
  const counts = params.strings('expand')?.includes('total_count') === true;
  const found = table.newestBefore(Number.POSITIVE_INFINITY, {
    limit: counts ? Number.POSITIVE_INFINITY : offset + limit + 1,
    keep: (row) => row.created <= indexedUntil && isMatch(row),
    within: indexFor(query, table),
  });
  const more = found.length > offset + limit;
  return {
    object: 'search_result',
    data: found.slice(offset, offset + limit),
    has_more: more,
    ...(counts ? { total_count: found.length } : {}),
    next_page: more ? Buffer.from(`offset:${offset + limit}`).toString('base64url') : null,
    url: path,
  };
}

/** An index with the name of a field has the rows that can match, so that the others need not be looked at. */
function indexFor<T extends { readonly id: string }>(
  query: SearchQuery,
  table: Table<T>,
): Wanted<T>['within'] {
  for (const index of table.indexes) {
    const value = requiredText(query, index);
    if (value !== undefined) return { index, value, ignoresCase: true };
  }
  return undefined;
}

function offsetOf(page: string | undefined): number {
  if (page === undefined) return 0;
  const offset = /^offset:(\d+)$/.exec(Buffer.from(page, 'base64url').toString('utf8'))?.[1];
  if (offset === undefined) throw invalidRequest({ message: `Invalid page: ${page}`, param: 'page' });
  return Number(offset);
}
