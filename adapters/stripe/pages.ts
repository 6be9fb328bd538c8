/** Reads a list of Stripe page by page, up to a bound. */
import { recordsIn, textAt, type UnknownRecord } from '../../core/system/record.ts';
import { callStripe } from './call.ts';

const PAGE_SIZE = 100;

interface StripePage {
  readonly data: readonly unknown[];
  readonly has_more: boolean;
}

export interface Paging {
  readonly limit: number;
  readonly starting_after?: string;
}

/** Yields the pages. Ends with `bound` if there are more of them than that. */
export async function* pagesOf(
  operation: string,
  list: (paging: Paging) => Promise<StripePage>,
  maxPages: number,
): AsyncGenerator<readonly UnknownRecord[], 'complete' | 'bound'> {
  let after: string | null = null;
  for (let page = 0; page < maxPages; page += 1) {
    const paging: Paging = { limit: PAGE_SIZE, ...(after === null ? {} : { starting_after: after }) };
    const answer: StripePage = await callStripe(operation, list(paging));
    const found = recordsIn(answer.data);
    yield found;
    after = textAt(found.at(-1) ?? null, 'id');
    if (!answer.has_more || after === null) return 'complete';
  }
  return 'bound';
}

export interface Listed {
  readonly found: readonly UnknownRecord[];
  /** False: there are more than the bound allows. */
  readonly isComplete: boolean;
}

export async function readPages(
  operation: string,
  list: (paging: Paging) => Promise<StripePage>,
  maxPages: number,
): Promise<Listed> {
  const pages = pagesOf(operation, list, maxPages);
  const found: UnknownRecord[] = [];
  for (;;) {
    const next = await pages.next();
    if (next.done === true) return { found, isComplete: next.value === 'complete' };
    found.push(...next.value);
  }
}
