/** A story as a waterfall: what caused what, and how long each part took. */
import { useMemo } from 'preact/hooks';
import type { Span } from '../../../control/contract.ts';
import { hrefOf } from '../../state/route.ts';
import { spans as allSpans, followSpans } from '../../state/spans.ts';
import { clockTimeOf } from '../../ui/format.ts';
import { shownOf } from './filter.ts';
import { around } from './range.ts';
import { type Step, stepsOf } from './story.ts';
import { laneNames, lengthText, spanText } from './words.ts';
import './timeline.css';

export interface WaterfallProps {
  /** Of one story, or of some stories in a row. */
  readonly spans: readonly Span[];
  readonly selected: number | null;
  readonly onSelect: (span: Span) => void;
}

const INDENT_REM = 0.9;
const MOST_INDENTS = 6;

export function Waterfall({ spans, selected, onSelect }: WaterfallProps) {
  const steps = useMemo(() => stepsOf(spans), [spans]);
  const range = useMemo(() => around(spans, Date.now()), [spans]);
  const current = steps.findIndex(({ span }) => span.id === selected);
  const onKeyDown = (event: KeyboardEvent) => {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (by === undefined || !(event.currentTarget instanceof HTMLElement)) return;
    event.preventDefault();
    const buttons = [...event.currentTarget.querySelectorAll('button')];
    const focused = buttons.findIndex((button) => button === document.activeElement);
    const next = Math.min(steps.length - 1, Math.max(0, focused + by));
    const step = steps[next];
    if (step === undefined) return;
    onSelect(step.span);
    buttons[next]?.focus();
  };
  const left = (ms: number) => `${((ms - range.fromMs) / (range.toMs - range.fromMs)) * 100}%`;
  return (
    <ol class="waterfall" aria-label="Story" onKeyDown={onKeyDown}>
      {steps.map((step, index) => (
        <li key={step.span.id}>
          <Row
            step={step}
            left={left(step.span.startMs)}
            width={`${((step.span.durationMs ?? 0) / (range.toMs - range.fromMs)) * 100}%`}
            isSelected={step.span.id === selected}
            isReachable={index === Math.max(current, 0)}
            onSelect={onSelect}
          />
        </li>
      ))}
    </ol>
  );
}

interface RowProps {
  readonly step: Step;
  readonly left: string;
  readonly width: string;
  readonly isSelected: boolean;
  /** By the Tab key. The arrow keys reach the others. */
  readonly isReachable: boolean;
  readonly onSelect: (span: Span) => void;
}

function Row({ step: { span, depth }, left, width, isSelected, isReachable, onSelect }: RowProps) {
  return (
    <button
      type="button"
      class={`waterfall-row ${span.outcome}`}
      aria-current={isSelected ? 'true' : undefined}
      aria-label={spanText(span)}
      tabIndex={isReachable ? 0 : -1}
      title={spanText(span)}
      onClick={() => onSelect(span)}
    >
      <span
        class="waterfall-title"
        style={{ paddingLeft: `${Math.min(depth, MOST_INDENTS) * INDENT_REM}rem` }}
      >
        <span class="lane-name">{laneNames[span.lane]}</span> {span.title}
        {span.note === null ? null : <span class="quiet"> {span.note}</span>}
      </span>
      <span class="waterfall-track">
        <span class={`waterfall-bar ${span.outcome}`} style={{ left, width }} />
      </span>
      <span class="waterfall-length numbers">{lengthText(span)}</span>
    </button>
  );
}

const STORIES_SHOWN = 5;

/** The newest stories of a user, for other views. Each leads to the timeline. */
export function StoryOf({ user }: { readonly user: string }) {
  followSpans();
  const all = allSpans.value;
  const stories = useMemo(() => {
    const ofUser = shownOf([...all.values()], { lane: null, outcome: null, user, text: '' });
    const roots = new Map<number, Span[]>();
    for (const span of ofUser) roots.set(span.story, [...(roots.get(span.story) ?? []), span]);
    return [...roots.values()].slice(-STORIES_SHOWN).reverse();
  }, [all, user]);
  if (stories.length === 0)
    return <p class="quiet">Nothing has happened for this user since the cloud started.</p>;
  return (
    <ol class="stories">
      {stories.map((spans) => (
        <StoryLine key={spans[0]?.story} spans={spans} user={user} />
      ))}
    </ol>
  );
}

function StoryLine({ spans, user }: { readonly spans: readonly Span[]; readonly user: string }) {
  const [root] = spans;
  if (root === undefined) return null;
  const problems = spans.filter(({ outcome }) => outcome === 'failed').length;
  return (
    <li>
      <a href={hrefOf('timeline', { user, story: String(root.story), span: String(root.id) })}>
        {root.title}
      </a>
      <span class="quiet numbers">
        {' '}
        {clockTimeOf(root.startMs)} · {spans.length} {spans.length === 1 ? 'span' : 'spans'}
      </span>
      {problems === 0 ? null : <span class="badge danger">{problems} failed</span>}
    </li>
  );
}
