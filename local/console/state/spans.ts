/** The newest spans of the timeline, kept current. */
import { signal } from '@preact/signals';
import type { Span } from '../../control/contract.ts';
import { control } from '../api.ts';
import { onControlEvent } from './cloud.ts';

/** Older ones remain on the server, up to its own bound. */
const SPANS_KEPT = 2_000;

/** By id, the oldest first. */
export const spans = signal<ReadonlyMap<number, Span>>(new Map());

let pending: Span[] = [];
let scheduled = false;

function keep(news: readonly Span[]): void {
  const next = new Map(spans.peek());
  for (const span of news) next.set(span.id, span);
  for (const id of next.keys()) {
    if (next.size <= SPANS_KEPT) break;
    next.delete(id);
  }
  spans.value = next;
}

/** A story sends dozens of spans at once: the page renders once for all of them. */
function gather(span: Span): void {
  pending.push(span);
  if (scheduled) return;
  scheduled = true;
  requestAnimationFrame(() => {
    scheduled = false;
    const news = pending;
    pending = [];
    keep(news);
  });
}

async function readAll(): Promise<void> {
  const { spans: read } = await control<{ readonly spans: readonly Span[] }>(`/spans?limit=${SPANS_KEPT}`);
  spans.value = new Map();
  keep(read);
}

let followed = false;

/** Reads the spans and follows them from now on. Calling it again changes nothing. */
export function followSpans(): void {
  if (followed) return;
  followed = true;
  onControlEvent((event) => {
    if (event.kind === 'span') gather(event.span);
    if (event.kind === 'reset') void readAll().catch(() => undefined);
  });
  void readAll().catch(() => undefined);
}
