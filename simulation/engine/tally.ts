/** Counts what happened, so that a run that exercised nothing does not pass as evidence. */

export interface Tally {
  add(name: string): void;
  readonly counts: ReadonlyMap<string, number>;
}

export function createTally(): Tally {
  const counts = new Map<string, number>();
  return { counts, add: (name) => counts.set(name, (counts.get(name) ?? 0) + 1) };
}

export function mergeCounts(into: Map<string, number>, from: Iterable<readonly [string, number]>): void {
  for (const [name, count] of from) into.set(name, (into.get(name) ?? 0) + count);
}
