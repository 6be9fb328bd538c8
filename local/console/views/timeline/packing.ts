/** Places spans in the lanes, those at the same time one below the other. Pure. */
import { type Lane, lanes, type Span } from '../../../control/contract.ts';
import { endOf } from './range.ts';

export interface Placed {
  readonly span: Span;
  /** The line within the lane, from 0. */
  readonly line: number;
}

export interface LaneLines {
  readonly lane: Lane;
  readonly lines: number;
  readonly placed: readonly Placed[];
}

/** More would leave no room for the other lanes. Spans beyond share the last lines. */
const MOST_LINES = 6;
/** A span of no time still fills this. */
const LEAST_MS = 1;

export function packed(spans: readonly Span[], nowMs: number): readonly LaneLines[] {
  return lanes.map((lane) => {
    const ends: number[] = [];
    const placed = spans
      .filter((span) => span.lane === lane)
      .sort((a, b) => a.startMs - b.startMs || a.id - b.id)
      .map((span) => {
        const line = lineFor(ends, span.startMs);
        ends[line] = Math.max(ends[line] ?? 0, endOf(span, nowMs), span.startMs + LEAST_MS);
        return { span, line };
      });
    return { lane, lines: Math.max(1, ends.length), placed };
  });
}

/** The first line that is free, or else the one that is free first. */
function lineFor(ends: readonly number[], startMs: number): number {
  const free = ends.findIndex((end) => end <= startMs);
  if (free !== -1) return free;
  return ends.length < MOST_LINES ? ends.length : ends.indexOf(Math.min(...ends));
}
