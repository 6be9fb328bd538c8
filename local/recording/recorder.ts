/** Keeps the newest spans of the local cloud in memory, and shows each to listeners. */
import type { Span, SpanDetail } from '../control/contract.ts';
import { currentSpan } from './context.ts';
import { redacted } from './redact.ts';

/** A busy minute is about 3,000 spans. */
const MAX_SPANS = 6_000;
/** Of requests, answers and logs, as JSON. */
const MAX_DETAIL_BYTES = 24 * 1024 * 1024;
const MAX_LOGS = 50;
const MAX_EVENTS = 5_000;
const MAX_SUBJECTS = 20;

export type NewSpan = Pick<Span, 'lane' | 'kind' | 'title'> &
  Partial<Pick<Span, 'parent' | 'note' | 'subjects' | 'externalId' | 'replay'>>;
export type SpanEnd = Pick<Span, 'outcome'> &
  Partial<Pick<Span, 'status' | 'note' | 'title' | 'subjects' | 'externalId' | 'lane' | 'kind'>> & {
    readonly request?: unknown;
    readonly answer?: unknown;
  };

interface Kept {
  span: Span;
  readonly startedAt: number;
  request: unknown;
  answer: unknown;
  readonly logs: unknown[];
  bytes: number;
}

export interface RecorderOptions {
  /** The cloud's clock, in Unix milliseconds. */
  readonly clockMs: () => number;
  readonly onSpan: (span: Span) => void;
}

export class Recorder {
  readonly #options: RecorderOptions;
  readonly #kept = new Map<number, Kept>();
  readonly #spanOfEvent = new Map<string, number>();
  #lastId = 0;
  #bytes = 0;

  constructor(options: RecorderOptions) {
    this.#options = options;
  }

  /** Returns its id. Without a `parent`, the span at hand is the parent. */
  begin({ lane, kind, title, ...more }: NewSpan): number {
    this.#lastId += 1;
    const id = this.#lastId;
    const parent = more.parent === undefined ? currentSpan() : more.parent;
    const span: Span = {
      id,
      story: (parent === null ? undefined : this.#kept.get(parent)?.span.story) ?? parent ?? id,
      parent,
      lane,
      kind,
      title,
      note: more.note ?? null,
      startMs: Date.now(),
      durationMs: null,
      clockMs: this.#options.clockMs(),
      outcome: 'running',
      status: null,
      subjects: more.subjects ?? [],
      externalId: more.externalId ?? null,
      hasDetail: false,
      replay: more.replay ?? null,
    };
    const startedAt = performance.now();
    this.#kept.set(id, { span, startedAt, request: undefined, answer: undefined, logs: [], bytes: 0 });
    this.#evict();
    this.#options.onSpan(span);
    return id;
  }

  end(id: number, { request, answer, ...end }: SpanEnd): void {
    const kept = this.#kept.get(id);
    if (kept === undefined) return;
    kept.request = redacted(request);
    kept.answer = redacted(answer);
    this.#addBytes(kept, sizeOf(kept.request) + sizeOf(kept.answer));
    const subjects = [...new Set([...kept.span.subjects, ...(end.subjects ?? [])])].slice(0, MAX_SUBJECTS);
    kept.span = {
      ...kept.span,
      ...end,
      subjects,
      durationMs: Math.round((performance.now() - kept.startedAt) * 10) / 10,
      hasDetail: true,
    };
    this.#evict();
    this.#options.onSpan(kept.span);
  }

  /** Adds a line that the work of the span has logged. */
  log(id: number, line: unknown): void {
    const kept = this.#kept.get(id);
    if (kept === undefined || kept.logs.length >= MAX_LOGS) return;
    const shown = redacted(line);
    kept.logs.push(shown);
    this.#addBytes(kept, sizeOf(shown));
  }

  /** Remembers that the span at hand caused an event of a payer, whose deliveries come later. */
  eventHappened(eventId: string): void {
    const id = currentSpan();
    if (id === null) return;
    this.#spanOfEvent.set(eventId, id);
    for (const oldest of this.#spanOfEvent.keys()) {
      if (this.#spanOfEvent.size <= MAX_EVENTS) break;
      this.#spanOfEvent.delete(oldest);
    }
  }

  causeOf(eventId: string): number | null {
    return this.#spanOfEvent.get(eventId) ?? null;
  }

  /** The oldest first. */
  list({ after = 0, story, limit = MAX_SPANS }: SpanQuery = {}): readonly Span[] {
    const found: Span[] = [];
    for (const { span } of this.#kept.values()) {
      if (span.id > after && (story === undefined || span.story === story)) found.push(span);
    }
    return limit === 0 ? [] : found.slice(-limit);
  }

  detail(id: number): SpanDetail | undefined {
    const kept = this.#kept.get(id);
    if (kept === undefined) return undefined;
    const { span, request = null, answer = null, logs } = kept;
    return { ...span, request, answer, logs };
  }

  clear(): void {
    this.#kept.clear();
    this.#spanOfEvent.clear();
    this.#bytes = 0;
  }

  #addBytes(kept: Kept, bytes: number): void {
    kept.bytes += bytes;
    this.#bytes += bytes;
  }

  #evict(): void {
    for (const [id, { bytes }] of this.#kept) {
      if (this.#kept.size <= MAX_SPANS && this.#bytes <= MAX_DETAIL_BYTES) return;
      this.#kept.delete(id);
      this.#bytes -= bytes;
    }
  }
}

export interface SpanQuery {
  /** Only newer ones than this id. */
  readonly after?: number;
  readonly story?: number | undefined;
  /** The newest so many. */
  readonly limit?: number;
}

function sizeOf(value: unknown): number {
  return value === undefined || value === null ? 0 : JSON.stringify(value).length;
}
