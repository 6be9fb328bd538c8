/** The view "Timeline": everything that every system does, as it happens. */
import { useEffect, useMemo, useState } from 'preact/hooks';
import type { Span } from '../../../control/contract.ts';
import { parameter, setParameters } from '../../state/route.ts';
import { spans as allSpans, followSpans } from '../../state/spans.ts';
import { Button, Card, Empty } from '../../ui/parts.tsx';
import { Detail } from './detail.tsx';
import { Export } from './export.tsx';
import { type Filter, filterOf, isEmpty, shownOf } from './filter.ts';
import { Filters } from './filters.tsx';
import { Lanes } from './lanes.tsx';
import { List } from './list.tsx';
import { around, following, latest, type Range, zoomed } from './range.ts';
import { Waterfall } from './waterfall.tsx';
import './timeline.css';

const ZOOM_STEP = 0.5;
const TICK_MS = 250;

export function Timeline() {
  followSpans();
  const all = useMemo(() => [...allSpans.value.values()], [allSpans.value]);
  const filter = filterOf(parameter);
  const shown = useMemo(
    () => shownOf(all, filter),
    [all, filter.lane, filter.outcome, filter.user, filter.text],
  );
  const selected = allSpans.value.get(Number(parameter('span')));
  const story = storyOf(selected);
  const form = formOf();
  const select = (span: Span | undefined) =>
    setParameters(
      span === undefined ? { span: null, story: null } : { span: String(span.id), story: String(span.story) },
      { push: span !== undefined && story !== span.story },
    );
  return (
    <div class="timeline">
      <header class="view-head">
        <h1>Timeline</h1>
        <div class="row">
          <Forms form={form} />
          <Export story={story} shown={isEmpty(filter) ? null : shown} />
        </div>
      </header>
      <Filters filter={filter} />
      {shown.length === 0 ? <Nothing filter={filter} count={all.length} /> : null}
      {shown.length > 0 && form === 'lanes' ? (
        <MovingLanes spans={shown} selected={selected} story={story} onSelect={select} />
      ) : null}
      {shown.length > 0 && form === 'list' ? (
        <List spans={shown} selected={selected?.id ?? null} onSelect={select} />
      ) : null}
      {story === null ? null : <Story spans={all} story={story} selected={selected} onSelect={select} />}
    </div>
  );
}

/** The address names the story even if its span is no longer kept. */
function storyOf(selected: Span | undefined): number | null {
  const named = Number(parameter('story'));
  return selected?.story ?? (Number.isInteger(named) && named > 0 ? named : null);
}

type Form = 'lanes' | 'list';

function formOf(): Form {
  const named = parameter('form');
  if (named === 'lanes' || named === 'list') return named;
  return matchMedia('(max-width: 48rem)').matches ? 'list' : 'lanes';
}

function Forms({ form }: { readonly form: Form }) {
  return (
    <div class="forms" role="group" aria-label="Form">
      {(['lanes', 'list'] as const).map((name) => (
        <Button key={name} aria-pressed={form === name} onClick={() => setParameters({ form: name })}>
          {name === 'lanes' ? 'Lanes' : 'List'}
        </Button>
      ))}
    </div>
  );
}

function Nothing({ filter, count }: { readonly filter: Filter; readonly count: number }) {
  if (count === 0) {
    return (
      <Empty title="Nothing has happened yet">
        <p>Every request, webhook, call and write appears here as it happens. Sign up a user to see some.</p>
      </Empty>
    );
  }
  const ofUser = filter.user === '' ? '' : ` of ${filter.user}`;
  return (
    <Empty title="No span matches the filters">
      <p>
        {count} others are kept. Only the newest spans are, so old ones{ofUser} may be gone.
      </p>
    </Empty>
  );
}

interface MovingLanesProps {
  readonly spans: readonly Span[];
  readonly selected: Span | undefined;
  readonly story: number | null;
  readonly onSelect: (span: Span | undefined) => void;
}

/** The lanes and what moves them. */
function MovingLanes({ spans, selected, story, onSelect }: MovingLanesProps) {
  /** Null: what is newest, or the story, also while it grows. */
  const [chosen, setChosen] = useState<Range | null>(null);
  const [follows, setFollows] = useState(false);
  const nowMs = useNow(follows || spans.some(({ outcome }) => outcome === 'running'));
  const range = useMemo(() => chosen ?? rangeFor(spans, story), [chosen, spans, story]);
  const shown = follows ? following(nowMs, range.toMs - range.fromMs) : range;
  const move = (next: Range) => {
    setFollows(false);
    setChosen(next);
  };
  // What was pointed at must not move away.
  const select = (span: Span | undefined) => {
    move(shown);
    onSelect(span);
  };
  return (
    <Card class="flush">
      <div class="lanes-tools row">
        <Button
          aria-pressed={follows}
          icon="clock"
          onClick={() => {
            if (!follows) setChosen(following(Date.now()));
            setFollows(!follows);
          }}
        >
          Follow now
        </Button>
        <Button aria-label="Zoom in" onClick={() => move(zoomed(shown, ZOOM_STEP))}>
          +
        </Button>
        <Button aria-label="Zoom out" onClick={() => move(zoomed(shown, 1 / ZOOM_STEP))}>
          −
        </Button>
        <Button onClick={() => move(around(spans, Date.now()))}>Show all</Button>
        {story === null ? null : (
          <Button onClick={() => move(around(ofStory(spans, story), Date.now()))}>Show the story</Button>
        )}
        <Legend />
      </div>
      <Lanes
        spans={spans}
        range={shown}
        nowMs={nowMs}
        selected={selected}
        story={story}
        onRange={move}
        onSelect={select}
      />
    </Card>
  );
}

function rangeFor(spans: readonly Span[], story: number | null): Range {
  const ofIt = story === null ? [] : ofStory(spans, story);
  return ofIt.length === 0 ? latest(spans, Date.now()) : around(ofIt, Date.now());
}

function ofStory(spans: readonly Span[], story: number): readonly Span[] {
  return spans.filter((span) => span.story === story);
}

function Legend() {
  return (
    <ul class="legend push" aria-label="Colors">
      <li class="ok">ok</li>
      <li class="refused">refused</li>
      <li class="failed">failed</li>
    </ul>
  );
}

function useNow(moves: boolean): number {
  const [nowMs, setNowMs] = useState(Date.now);
  useEffect(() => {
    if (!moves) return undefined;
    const timer = setInterval(() => setNowMs(Date.now()), TICK_MS);
    return () => clearInterval(timer);
  }, [moves]);
  return nowMs;
}

interface StoryProps extends MovingLanesProps {
  readonly story: number;
}

function Story({ spans, story, selected, onSelect }: StoryProps) {
  const ofIt = useMemo(() => ofStory(spans, story), [spans, story]);
  const [root] = ofIt;
  if (root === undefined) {
    return (
      <Empty title="This story is no longer kept">
        <Button onClick={() => onSelect(undefined)}>Close it</Button>
      </Empty>
    );
  }
  return (
    <div class={selected === undefined ? 'story' : 'story with-detail'}>
      <Card
        title={`Story: ${root.title}`}
        aside={<StoryAside count={ofIt.length} onClose={() => onSelect(undefined)} />}
      >
        <Waterfall spans={ofIt} selected={selected?.id ?? null} onSelect={onSelect} />
      </Card>
      {selected === undefined ? null : (
        <Detail span={selected} onSelect={onSelect} onClose={() => setParameters({ span: null })} />
      )}
    </div>
  );
}

function StoryAside({ count, onClose }: { readonly count: number; readonly onClose: () => void }) {
  return (
    <>
      <span class="quiet numbers">
        {count} {count === 1 ? 'span' : 'spans'}
      </span>
      <Button kind="quiet" icon="cross" aria-label="Close the story" onClick={onClose} />
    </>
  );
}
