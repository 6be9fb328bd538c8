/** A slider over the user's time: what the app saw at any moment that the row's history reaches, and what it will see. */
import { useEffect, useState } from 'preact/hooks';
import type { AccessSentence, Moment, UserDetail } from '../../../control/contract.ts';
import { nowMs } from '../../state/cloud.ts';
import { parameter, setParameters } from '../../state/route.ts';
import { useControl } from '../../state/use-control.ts';
import { dateTimeOf } from '../../ui/format.ts';
import { Button } from '../../ui/parts.tsx';
import { Sentence } from './sentence.tsx';

const HOUR_SECONDS = 3_600;

export function Moments({ detail }: { readonly detail: UserDetail }) {
  const chosen = chosenSeconds();
  const path = chosen === null ? null : `/users/${encodeURIComponent(detail.sub)}/at?seconds=${chosen}`;
  const { data } = useControl<AccessSentence>(path, { user: detail.sub, clock: true });
  const sentence = chosen === null ? detail.sentence : (data ?? detail.sentence);
  return (
    <section class="moments" aria-label="What the app sees">
      <Sentence sentence={sentence} />
      <Slider detail={detail} chosen={chosen} />
    </section>
  );
}

function chosenSeconds(): number | null {
  const text = parameter('at');
  return text !== null && /^\d{1,12}$/.test(text) ? Number(text) : null;
}

function Slider({ detail, chosen }: { readonly detail: UserDetail; readonly chosen: number | null }) {
  const now = Math.floor(nowMs() / 1000);
  const { from, to } = rangeOf(detail, now);
  const [dragged, setDragged] = useState<number | null>(null);
  // The address changes once the slider rests: browsers limit how often a page may change it.
  useEffect(() => {
    if (dragged === null) return undefined;
    const timer = setTimeout(() => setParameters({ at: String(dragged) }), 120);
    return () => clearTimeout(timer);
  }, [dragged]);
  const value = dragged ?? chosen ?? now;
  const choose = (at: number | null) => {
    setDragged(null);
    setParameters({ at: at === null ? null : String(at) });
  };
  return (
    <div class="slider">
      <input
        type="range"
        min={from}
        max={to}
        step={60}
        value={value}
        aria-label="Moment"
        aria-valuetext={dateTimeOf(value * 1000)}
        onInput={({ currentTarget }) => setDragged(Number(currentTarget.value))}
      />
      <Marks moments={detail.moments} from={from} to={to} now={now} />
      <div class="row">
        <output>{chosen === null && dragged === null ? 'Now' : dateTimeOf(value * 1000)}</output>
        <Button kind="quiet" disabled={chosen === null && dragged === null} onClick={() => choose(null)}>
          Back to now
        </Button>
      </div>
      <ol class="chips" aria-label="Changes">
        {detail.moments.slice(-MAX_CHIPS).map(({ atSeconds, label, granted, ahead }) => (
          <li key={`${atSeconds}${label}`}>
            <button
              type="button"
              class={`chip ${granted ? 'in' : 'out'} ${ahead ? 'ahead' : ''}`}
              aria-pressed={chosen === atSeconds}
              title={dateTimeOf(atSeconds * 1000)}
              onClick={() => choose(ahead ? atSeconds + 1 : atSeconds)}
            >
              {label}
            </button>
          </li>
        ))}
      </ol>
    </div>
  );
}

const MAX_CHIPS = 12;

function rangeOf(
  { moments, summary }: UserDetail,
  now: number,
): { readonly from: number; readonly to: number } {
  const times = [...moments.map(({ atSeconds }) => atSeconds), now];
  const created = summary?.createdMs ?? null;
  if (created !== null && created / 1000 < now) times.push(Math.floor(created / 1000));
  return { from: Math.min(...times) - HOUR_SECONDS, to: Math.max(...times) + HOUR_SECONDS };
}

interface MarksProps {
  readonly moments: readonly Moment[];
  readonly from: number;
  readonly to: number;
  readonly now: number;
}

function Marks({ moments, from, to, now }: MarksProps) {
  const x = (seconds: number) => `${((seconds - from) / Math.max(1, to - from)) * 100}%`;
  return (
    <svg class="marks" aria-hidden="true">
      {moments.map(({ atSeconds, granted, label }) => (
        <line
          key={`${atSeconds}${label}`}
          class={granted ? 'in' : 'out'}
          x1={x(atSeconds)}
          x2={x(atSeconds)}
          y1="0"
          y2="100%"
        />
      ))}
      <line class="now" x1={x(now)} x2={x(now)} y1="0" y2="100%" />
    </svg>
  );
}
