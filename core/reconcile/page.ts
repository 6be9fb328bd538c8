/** What several scans do with a page of a listing. */
import type { Page } from './listings.ts';
import type { DriftFacts, ScanResult } from './scan.ts';

/** Returns the page's drift: `find` is called with each item and returns `undefined` where there is none. */
export function scanResult<T, Found extends DriftFacts>(
  page: Page<T>,
  find: (item: T) => Found | undefined,
): ScanResult<Found> {
  const drifts = page.items.map(find).filter((drift) => drift !== undefined);
  return { checked: page.items.length, drifts, next: page.next };
}

/** Returns the users that the items name, each once. */
export function subsIn(page: Page<{ readonly sub: string | null }>): readonly string[] {
  return [...new Set(page.items.map(({ sub }) => sub).filter((sub) => sub !== null))];
}
