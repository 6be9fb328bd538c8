/** The part of time that the lanes show, in milliseconds of this machine's clock. Pure. */

export interface Range {
  readonly fromMs: number;
  readonly toMs: number;
}

const LEAST_MS = 5;
const MOST_MS = 7 * 86_400_000;
export const FOLLOWED_MS = 30_000;
const PAUSE_MS = 15_000;
const MARGIN = 0.04;

/** Keeps the moment at `share` of the width where it is. A `factor` below 1 shows less time. */
export function zoomed({ fromMs, toMs }: Range, factor: number, share = 0.5): Range {
  const length = toMs - fromMs;
  const next = Math.min(MOST_MS, Math.max(LEAST_MS, length * factor));
  const fixed = fromMs + length * share;
  return { fromMs: fixed - next * share, toMs: fixed + next * (1 - share) };
}

/** `share` of the range, to the right if it is positive. */
export function moved({ fromMs, toMs }: Range, share: number): Range {
  const by = (toMs - fromMs) * share;
  return { fromMs: fromMs + by, toMs: toMs + by };
}

interface Timed {
  readonly startMs: number;
  readonly durationMs: number | null;
}

export const endOf = ({ startMs, durationMs }: Timed, nowMs: number): number =>
  durationMs === null ? Math.max(nowMs, startMs) : startMs + durationMs;

/** Returns a range that shows all of these spans, or the last seconds if there are none. */
export function around(spans: readonly Timed[], nowMs: number): Range {
  let fromMs = Number.POSITIVE_INFINITY;
  let toMs = Number.NEGATIVE_INFINITY;
  for (const span of spans) {
    fromMs = Math.min(fromMs, span.startMs);
    toMs = Math.max(toMs, endOf(span, nowMs));
  }
  if (fromMs > toMs) return following(nowMs);
  const margin = Math.max((toMs - fromMs) * MARGIN, LEAST_MS);
  return { fromMs: fromMs - margin, toMs: toMs + margin };
}

/** What happened without a longer pause until the newest span. */
export function latest(spans: readonly Timed[], nowMs: number): Range {
  let first = spans.length - 1;
  for (let index = first; index > 0; index -= 1) {
    const later = spans[index];
    const earlier = spans[index - 1];
    if (later === undefined || earlier === undefined) break;
    if (later.startMs - endOf(earlier, nowMs) > PAUSE_MS) break;
    first = index - 1;
  }
  return around(spans.slice(Math.max(first, 0)), nowMs);
}

export function following(nowMs: number, lengthMs = FOLLOWED_MS): Range {
  return { fromMs: nowMs - lengthMs * (1 - MARGIN), toMs: nowMs + lengthMs * MARGIN };
}

/** Moves as little as possible, so that the span can be seen. */
export function showing(range: Range, span: Timed, nowMs: number): Range {
  const end = endOf(span, nowMs);
  if (span.startMs >= range.fromMs && end <= range.toMs) return range;
  if (end - span.startMs > range.toMs - range.fromMs) return around([span], nowMs);
  const middle = (span.startMs + end) / 2;
  const half = (range.toMs - range.fromMs) / 2;
  return { fromMs: middle - half, toMs: middle + half };
}
