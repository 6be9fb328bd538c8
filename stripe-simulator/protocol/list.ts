/** Stripe's lists: newest first, paged with `limit`, `starting_after` and `ending_before`. */
import type { ObjectList } from '../model/common.ts';
import type { Table, Wanted } from '../store/table.ts';
import type { Params } from './params.ts';
import type { ApiRequest } from './route.ts';
import { invalidParameter, invalidRequest, noSuch } from './stripe-error.ts';

const DEFAULT_LIMIT = 10;
const MAX_LIMIT = 100;

/** Returns the requested page size, or throws Stripe's error when it is out of range. */
export function limitOf(params: Params): number {
  const limit = params.integer('limit') ?? DEFAULT_LIMIT;
  if (limit < 1 || limit > MAX_LIMIT) {
    const message = `This value must be between 1 and ${MAX_LIMIT} (inclusive).`;
    throw invalidRequest({ message, code: 'parameter_invalid_integer', param: 'limit' });
  }
  return limit;
}

/**
 * Returns a page of the rows that pass the filter. A cursor is a position in the whole table, because its row may have
 * left the filter, or been deleted, since the previous page.
 */
export function listPage<T extends { readonly id: string }>(
  request: ApiRequest,
  table: Table<T>,
  options: { keep?: (row: T) => boolean; noun: string },
): ObjectList<T> {
  const { params, path } = request;
  const limit = limitOf(params);
  const { keep = () => true, noun } = options;
  // One row more than the page shows whether there are more.
  const wanted = { limit: limit + 1, keep, within: indexFor(params, table) };
  const { before, after } = cursorsOf(params);
  if (before !== undefined) {
    const position = positionOf(table, { id: before, param: 'ending_before', noun });
    const newer = table.oldestAfter(position, wanted);
    const data = newer.slice(0, limit).reverse();
    return { object: 'list', data, has_more: newer.length > limit, url: path };
  }
  const position =
    after === undefined
      ? Number.POSITIVE_INFINITY
      : positionOf(table, { id: after, param: 'starting_after', noun });
  const older = table.newestBefore(position, wanted);
  return { object: 'list', data: older.slice(0, limit), has_more: older.length > limit, url: path };
}

/** An index with the name of a filter has the rows that pass it, so that the others need not be looked at. */
function indexFor<T extends { readonly id: string }>(params: Params, table: Table<T>): Wanted<T>['within'] {
  for (const index of table.indexes) {
    const value = params.raw(index);
    if (typeof value === 'string' && value !== '') return { index, value };
  }
  return undefined;
}

/** Returns a page of the parts of an object, in their order: the lines of an invoice, or the items of an order. */
export function pageOf<T extends { readonly id: string }>(
  { params, path }: ApiRequest,
  parts: readonly T[],
  noun: string,
): ObjectList<T> {
  const limit = limitOf(params);
  const { before, after } = cursorsOf(params);
  const placeOf = (id: string, param: string) => {
    const place = parts.findIndex((part) => part.id === id);
    if (place < 0) throw noSuch(noun, { id, param });
    return place;
  };
  if (before !== undefined) {
    const earlier = parts.slice(0, placeOf(before, 'ending_before'));
    return { object: 'list', data: earlier.slice(-limit), has_more: earlier.length > limit, url: path };
  }
  const later = after === undefined ? parts : parts.slice(placeOf(after, 'starting_after') + 1);
  return { object: 'list', data: later.slice(0, limit), has_more: later.length > limit, url: path };
}

function cursorsOf(params: Params): {
  readonly before: string | undefined;
  readonly after: string | undefined;
} {
  const before = params.string('ending_before');
  const after = params.string('starting_after');
  if (before === undefined || after === undefined) return { before, after };
  throw invalidParameter({
    message: 'You may only specify one of these parameters: ending_before, starting_after.',
  });
}

function positionOf<T extends { readonly id: string }>(
  table: Table<T>,
  cursor: { id: string; param: string; noun: string },
): number {
  const position = table.position(cursor.id);
  if (position === undefined) throw noSuch(cursor.noun, cursor);
  return position;
}

/** Returns a filter for a time parameter: an exact Unix second, or a range with `[gt]`, `[gte]`, `[lt]`, `[lte]`. */
export function timeFilter(params: Params, name: string): (seconds: number | null) => boolean {
  const value = params.raw(name);
  if (value === undefined) return () => true;
  if (typeof value === 'string') {
    const exact = params.integer(name);
    return (seconds) => seconds === exact;
  }
  const range = params.object(name);
  const above = range?.integer('gt') ?? Number.NEGATIVE_INFINITY;
  const from = range?.integer('gte') ?? Number.NEGATIVE_INFINITY;
  const below = range?.integer('lt') ?? Number.POSITIVE_INFINITY;
  const to = range?.integer('lte') ?? Number.POSITIVE_INFINITY;
  return (seconds) =>
    seconds !== null && seconds > above && seconds >= from && seconds < below && seconds <= to;
}
