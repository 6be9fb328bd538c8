/** The spans of a story in the order of their causes. Pure. */
import type { Span } from '../../../control/contract.ts';

export interface Step {
  readonly span: Span;
  readonly depth: number;
}

/** A span whose cause is not among these is at the top. */
export function stepsOf(spans: readonly Span[]): readonly Step[] {
  const known = new Set(spans.map(({ id }) => id));
  const children = new Map<number | null, Span[]>();
  for (const span of [...spans].sort((a, b) => a.startMs - b.startMs || a.id - b.id)) {
    const parent = span.parent !== null && known.has(span.parent) ? span.parent : null;
    const siblings = children.get(parent);
    if (siblings === undefined) children.set(parent, [span]);
    else siblings.push(span);
  }
  const steps: Step[] = [];
  const waiting: Step[] = roots(children, null, 0);
  for (let step = waiting.pop(); step !== undefined; step = waiting.pop()) {
    steps.push(step);
    waiting.push(...roots(children, step.span.id, step.depth + 1));
  }
  return steps;
}

/** The last one first, as a stack takes them. */
function roots(
  children: ReadonlyMap<number | null, readonly Span[]>,
  parent: number | null,
  depth: number,
): Step[] {
  return (children.get(parent) ?? []).map((span) => ({ span, depth })).reverse();
}
