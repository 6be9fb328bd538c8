/** Puts ids into paths and queries of RevenueCat's API. */

/** Longer than any id that RevenueCat accepts. */
const MAX_ID_LENGTH = 1_500;

/** Half a character cannot be encoded, and the steps of a path are no ids in it, also if they are encoded. */
export function canBeInPath(id: string): boolean {
  const isStep = id === '.' || id === '..';
  return !isStep && id.length <= MAX_ID_LENGTH && !/\p{Surrogate}/u.test(id);
}

/** Returns the query that continues a list after this item. Null: it cannot be asked for. */
export function queryAfter(id: string | null): string | null {
  if (id === null) return '';
  return canBeInPath(id) ? `&starting_after=${encodeURIComponent(id)}` : null;
}
