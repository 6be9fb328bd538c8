/** Reads a list of Stripe's from all its pages. */
import { textAt, type UnknownRecord } from '../../core/system/record.ts';
import { callStripe } from './call.ts';
import { listIn, unknownShape } from './json.ts';

export const PAGE_SIZE = 100;

/** The parameters that select a page. */
export interface PageParams {
  readonly limit: number;
  readonly starting_after?: string;
}

export interface ListReading {
  readonly operation: string;
  /** Bounds the calls, whatever Stripe answers. */
  readonly maxPages: number;
}

export function pageAfter(after: string | null): PageParams {
  return { limit: PAGE_SIZE, ...(after === null ? {} : { starting_after: after }) };
}

/** Returns the entries of all pages. If `read` returns a word instead of a page, such as `missing`, that is the result. */
export async function readPages<Answer extends object | string>(
  { operation, maxPages }: ListReading,
  read: (page: PageParams) => Promise<Answer>,
): Promise<readonly UnknownRecord[] | Extract<Answer, string>> {
  const found: UnknownRecord[] = [];
  const cursors = new Set<string>();
  let after: string | null = null;
  for (let page = 0; page < maxPages; page += 1) {
    const answer: Answer = await read(pageAfter(after));
    if (typeof answer === 'string') return answer as Extract<Answer, string>;
    const { entries, hasMore } = listIn(operation, answer);
    found.push(...entries);
    if (!hasMore) return found;
    after = cursorAfter(operation, entries, cursors);
    cursors.add(after);
  }
  throw unknownShape(operation, `a list of at most ${maxPages} pages`);
}

/** Returns the cursor of the page after these entries. A page that leads to one that was read already would never end. */
export function cursorAfter(
  operation: string,
  entries: readonly UnknownRecord[],
  earlier: ReadonlySet<string | null>,
): string {
  const id = textAt(entries.at(-1) ?? null, 'id');
  if (id === null || earlier.has(id)) throw unknownShape(operation, 'a next page that advances');
  return id;
}

export interface Listed {
  readonly found: readonly UnknownRecord[];
  /** False: there are more than the bound allows. */
  readonly isComplete: boolean;
}

/** Returns what the pages up to the bound hold. */
export async function readUpTo(reading: ListReading, list: List): Promise<Listed> {
  const pages = pagesOf(reading, list);
  const found: UnknownRecord[] = [];
  for (;;) {
    const next = await pages.next();
    if (next.done === true) return { found, isComplete: next.value === 'complete' };
    found.push(...next.value);
  }
}

type List = (page: PageParams) => Promise<unknown>;

/** Yields page after page, for a reader that stops as soon as it has found what it looks for. */
export async function* pagesOf(
  { operation, maxPages }: ListReading,
  list: List,
): AsyncGenerator<readonly UnknownRecord[], 'complete' | 'bound'> {
  const cursors = new Set<string>();
  let after: string | null = null;
  for (let page = 0; page < maxPages; page += 1) {
    const { entries, hasMore } = listIn(operation, await callStripe(operation, list(pageAfter(after))));
    yield entries;
    if (!hasMore) return 'complete';
    after = cursorAfter(operation, entries, cursors);
    cursors.add(after);
  }
  return 'bound';
}
