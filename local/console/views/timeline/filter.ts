/** Which spans of the timeline are shown. Pure. */
import { type Lane, lanes, type Span } from '../../../control/contract.ts';

export const outcomes = ['ok', 'refused', 'failed', 'running'] as const;
export type Outcome = (typeof outcomes)[number];

export interface Filter {
  readonly lane: Lane | null;
  readonly outcome: Outcome | null;
  /** A `sub` or `cus_…`, or the beginning of one. */
  readonly user: string;
  /** A part of the title, the note or the id that the system gave. */
  readonly text: string;
}

export function filterOf(read: (name: string) => string | null): Filter {
  return {
    lane: lanes.find((lane) => lane === read('lane')) ?? null,
    outcome: outcomes.find((outcome) => outcome === read('outcome')) ?? null,
    user: (read('user') ?? '').trim(),
    text: (read('text') ?? '').trim(),
  };
}

export const isEmpty = ({ lane, outcome, user, text }: Filter): boolean =>
  lane === null && outcome === null && user === '' && text === '';

/** `spans` by id, the oldest first. */
export function shownOf(spans: readonly Span[], filter: Filter): readonly Span[] {
  if (isEmpty(filter)) return spans;
  const ofUser = filter.user === '' ? null : concerning(spans, filter.user);
  const text = filter.text.toLowerCase();
  return spans.filter(
    (span) =>
      (filter.lane === null || span.lane === filter.lane) &&
      (filter.outcome === null || span.outcome === filter.outcome) &&
      (ofUser === null || ofUser.has(span.id)) &&
      (text === '' || mentions(span, text)),
  );
}

function mentions({ title, note, externalId }: Span, text: string): boolean {
  return [title, note, externalId].some((part) => part?.toLowerCase().includes(text) === true);
}

/**
 * The spans that name the user, what caused them, and what they caused that names no user. A move of the clock causes something
 * for everybody, so not all of its story is the user's.
 */
function concerning(spans: readonly Span[], user: string): ReadonlySet<number> {
  const found = new Set<number>();
  // What causes something has a smaller id than what it causes.
  for (const { id, parent, subjects } of spans) {
    const names = subjects.some((subject) => subject.startsWith(user));
    const inherits = subjects.length === 0 && parent !== null && found.has(parent);
    if (names || inherits) found.add(id);
  }
  for (const { id, parent } of [...spans].reverse()) {
    if (parent !== null && found.has(id)) found.add(parent);
  }
  return found;
}
