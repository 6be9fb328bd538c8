/** The filters of Stripe's lists: by an id or another text, by yes or no, and by time. */
import { timeFilter } from './list.ts';
import type { Params } from './params.ts';

export interface Filters<T> {
  /** Texts, compared exactly. */
  readonly texts?: Readonly<Record<string, (row: T) => string | null | undefined>>;
  readonly flags?: Readonly<Record<string, (row: T) => boolean | null>>;
  /** Unix seconds, compared with one second or with a range. */
  readonly times?: Readonly<Record<string, (row: T) => number | null>>;
}

/** Reads the filters from the parameters. A row passes if it meets all that are given. */
export function filterOf<T>(
  params: Params | undefined,
  { texts = {}, flags = {}, times = {} }: Filters<T>,
): (row: T) => boolean {
  if (params === undefined) return () => true;
  const tests: ((row: T) => boolean)[] = [];
  for (const [name, read] of Object.entries(texts)) {
    const wanted = params.string(name);
    if (wanted !== undefined) tests.push((row) => read(row) === wanted);
  }
  for (const [name, read] of Object.entries(flags)) {
    const wanted = params.boolean(name);
    if (wanted !== undefined) tests.push((row) => (read(row) ?? false) === wanted);
  }
  for (const [name, read] of Object.entries(times)) {
    const isWithin = timeFilter(params, name);
    tests.push((row) => isWithin(read(row)));
  }
  return (row) => tests.every((test) => test(row));
}
