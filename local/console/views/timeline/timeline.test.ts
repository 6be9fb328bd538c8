import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lanes, type Span } from '../../../control/contract.ts';
import { type Filter, shownOf } from './filter.ts';
import { packed } from './packing.ts';
import { barAt, barsOf, heightOf } from './paint.ts';
import { around, latest, moved, showing, zoomed } from './range.ts';
import { stepsOf } from './story.ts';

const NOW = 1_800_000_000_000;

function spanOf(id: number, more: Partial<Span> = {}): Span {
  return {
    id,
    story: 1,
    parent: null,
    lane: 'app',
    kind: 'request',
    title: `span ${id}`,
    note: null,
    startMs: NOW + id,
    durationMs: 1,
    clockMs: NOW,
    outcome: 'ok',
    status: 200,
    subjects: [],
    externalId: null,
    hasDetail: true,
    replay: null,
    ...more,
  };
}

const all: Filter = { lane: null, outcome: null, user: '', text: '' };
const idsOf = (spans: readonly Span[], filter: Partial<Filter>) =>
  shownOf(spans, { ...all, ...filter }).map(({ id }) => id);

describe('The filters of the timeline', () => {
  it('find a text in the title, the condition and the id that the system gave', () => {
    const spans = [
      spanOf(1, { title: 'UpdateItem predixa_entitlements' }),
      spanOf(2, { note: 'if version = "3"' }),
      spanOf(3, { externalId: 'evt_12/we_1' }),
    ];
    expect(idsOf(spans, { text: 'updateitem' })).toEqual([1]);
    expect(idsOf(spans, { text: 'VERSION' })).toEqual([2]);
    expect(idsOf(spans, { text: 'evt_12' })).toEqual([3]);
  });

  it('hold together: a span must match each of them', () => {
    const spans = [
      spanOf(1, { outcome: 'failed' }),
      spanOf(2, { outcome: 'failed', lane: 'stripe' }),
      spanOf(3),
    ];
    expect(idsOf(spans, { outcome: 'failed', lane: 'stripe' })).toEqual([2]);
  });

  it('show of a user also what caused the work and what the work caused, even if that names no user', () => {
    const spans = [
      spanOf(1, { lane: 'console', kind: 'clock' }),
      spanOf(2, { parent: 1, lane: 'webhook' }),
      spanOf(3, { parent: 2, lane: 'lambda', subjects: ['cus_1', 'sub-1'] }),
      spanOf(4, { parent: 3, lane: 'stripe' }),
      spanOf(5, { parent: 1, lane: 'webhook' }),
      spanOf(6, { parent: 5, lane: 'lambda', subjects: ['cus_2'] }),
    ];
    expect(idsOf(spans, { user: 'sub-1' })).toEqual([1, 2, 3, 4]);
    expect(idsOf(spans, { user: 'cus_' })).toEqual([1, 2, 3, 4, 5, 6]);
  });
});

describe('A story', () => {
  it('lists what each span caused below it, in the order of time', () => {
    const spans = [
      spanOf(1),
      spanOf(2, { parent: 1, startMs: NOW + 50 }),
      spanOf(3, { parent: 1, startMs: NOW + 20 }),
      spanOf(4, { parent: 3, startMs: NOW + 60 }),
    ];
    expect(stepsOf(spans).map(({ span, depth }) => [span.id, depth])).toEqual([
      [1, 0],
      [3, 1],
      [4, 2],
      [2, 1],
    ]);
  });

  it('keeps each span once, also if its cause is gone', () => {
    const parents = fc.array(fc.integer({ min: -3, max: 40 }), { maxLength: 40 });
    fc.assert(
      fc.property(parents, (chosen) => {
        // A cause has a smaller id than what it causes.
        const spans = chosen.map((parent, index) =>
          spanOf(index + 1, { parent: parent < index + 1 ? parent : null }),
        );
        const ids = stepsOf(spans).map(({ span }) => span.id);
        expect(ids.sort((a, b) => a - b)).toEqual(spans.map(({ id }) => id));
      }),
    );
  });
});

describe('The lanes', () => {
  it('put spans at the same time on lines of their own, up to a bound', () => {
    const spans = Array.from({ length: 30 }, (_, id) => spanOf(id, { startMs: NOW, durationMs: 10 }));
    const app = packed(spans, NOW).find(({ lane }) => lane === 'app');
    expect(app?.lines).toBe(6);
    expect(app?.placed).toHaveLength(30);
  });

  it('use one line for spans that follow each other', () => {
    const spans = [
      spanOf(1, { startMs: NOW, durationMs: 5 }),
      spanOf(2, { startMs: NOW + 5, durationMs: 5 }),
    ];
    expect(packed(spans, NOW).find(({ lane }) => lane === 'app')?.lines).toBe(1);
  });

  it('show a span that runs up to the present', () => {
    const picture = {
      lanes: packed([spanOf(1, { startMs: NOW, durationMs: null })], NOW + 50),
      range: { fromMs: NOW, toMs: NOW + 100 },
      width: 1_000,
      nowMs: NOW + 50,
      selected: null,
      story: null,
    };
    expect(barsOf(picture)[0]?.width).toBe(500);
    expect(heightOf(picture.lanes)).toBeGreaterThan(lanes.length * 20);
  });

  it('find the span at a point, a thin one also just next to it, and none far away', () => {
    const picture = {
      lanes: packed([spanOf(1, { startMs: NOW + 50, durationMs: 0 })], NOW),
      range: { fromMs: NOW, toMs: NOW + 100 },
      width: 1_000,
      nowMs: NOW,
      selected: null,
      story: null,
    };
    const bars = barsOf(picture);
    const y = (bars[0]?.y ?? 0) + 3;
    expect(barAt(bars, 501, y)?.span.id).toBe(1);
    expect(barAt(bars, 497, y)?.span.id).toBe(1);
    expect(barAt(bars, 400, y)).toBeUndefined();
    expect(barAt(bars, 501, y + 40)).toBeUndefined();
  });
});

describe('The range of time', () => {
  it('keeps the moment under the pointer where it is while it zooms', () => {
    const next = zoomed({ fromMs: 0, toMs: 1_000 }, 0.5, 0.25);
    expect(next).toEqual({ fromMs: 125, toMs: 625 });
    expect(next.fromMs + (next.toMs - next.fromMs) * 0.25).toBe(250);
  });

  it('stays within its bounds, however long the wheel is turned', () => {
    const steps = fc.array(fc.double({ min: 0.01, max: 100, noNaN: true }), { maxLength: 60 });
    fc.assert(
      fc.property(steps, (factors) => {
        const range = factors.reduce((at, factor) => zoomed(at, factor), { fromMs: NOW, toMs: NOW + 1_000 });
        expect(range.toMs - range.fromMs).toBeGreaterThan(1);
        expect(range.toMs - range.fromMs).toBeLessThan(8 * 86_400_000);
      }),
    );
  });

  it('moves only as far as needed to show a span', () => {
    const range = { fromMs: NOW, toMs: NOW + 100 };
    expect(showing(range, spanOf(10), NOW)).toBe(range);
    const next = showing(range, spanOf(0, { startMs: NOW + 300, durationMs: 10 }), NOW);
    expect(next).toEqual({ fromMs: NOW + 255, toMs: NOW + 355 });
    expect(moved(range, 0.5)).toEqual({ fromMs: NOW + 50, toMs: NOW + 150 });
  });

  it('shows what happened since the last pause at first, and the last seconds if nothing has', () => {
    const spans = [spanOf(1), spanOf(2, { startMs: NOW + 60_000 }), spanOf(3, { startMs: NOW + 61_000 })];
    const range = latest(spans, NOW);
    expect(range.fromMs).toBeGreaterThan(NOW + 50_000);
    expect(range.toMs).toBeGreaterThan(NOW + 61_000);
    expect(around([], NOW).toMs).toBeGreaterThan(NOW);
  });
});
