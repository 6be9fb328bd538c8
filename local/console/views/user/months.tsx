/** The picture of a user's subscriptions over months, and the same as a table. */
import { useMemo, useRef, useState } from 'preact/hooks';
import type { MonthsPicture } from '../../../control/contract.ts';
import { useControl } from '../../state/use-control.ts';
import { dateTimeOf } from '../../ui/format.ts';
import { Notice } from '../../ui/parts.tsx';
import { useWidth } from '../../ui/use-width.ts';
import { type Drawing, drawingOf, type Mark } from './months/marks.ts';
import './months/months.css';

const lanes = ['stripe', 'revenuecat', 'dynamodb'] as const;
const HINT = 'Point at a part, or move through them with the arrow keys.';
/** About 6.5 pixels a letter. */
const LETTER_WIDTH = 6.5;
/** No other label is so close to that of the present. */
const NOW_SPACE = 44;

export function Months({ sub }: { readonly sub: string }) {
  const { data, error } = useControl<MonthsPicture>(`/users/${encodeURIComponent(sub)}/months`, {
    lanes,
    user: sub,
    clock: true,
  });
  if (data === undefined) {
    if (error !== undefined) return <Notice tone="danger">{error.message}</Notice>;
    return <div class="months loading" aria-busy="true" />;
  }
  if (data.tracks.length === 0) {
    return <p class="quiet">The user has bought nothing and has no entitlement row.</p>;
  }
  return <Picture picture={data} />;
}

function Picture({ picture }: { readonly picture: MonthsPicture }) {
  const frame = useRef<HTMLDivElement>(null);
  const width = useWidth(frame);
  const drawing = useMemo(() => drawingOf(picture, Math.max(width, 240)), [picture, width]);
  const marks = drawing.rows.flatMap((row) => row.marks);
  const [chosen, setChosen] = useState<string | null>(null);
  const index = marks.findIndex(({ key }) => key === chosen);
  const onKeyDown = (event: KeyboardEvent) => {
    const next = nextIndex(event.key, index, marks.length);
    if (next === undefined) return;
    event.preventDefault();
    setChosen(marks[next]?.key ?? null);
  };
  return (
    <div class="months">
      <div
        ref={frame}
        class="months-picture"
        role="group"
        tabIndex={0}
        aria-label="Subscriptions over months"
        onKeyDown={onKeyDown}
      >
        <Drawn drawing={drawing} width={Math.max(width, 240)} chosen={chosen} onChoose={setChosen} />
      </div>
      <p class="months-said" aria-live="polite">
        {marks[index]?.text ?? HINT}
      </p>
      <details>
        <summary>As a table</summary>
        <Table drawing={drawing} />
      </details>
    </div>
  );
}

function nextIndex(key: string, index: number, count: number): number | undefined {
  switch (key) {
    case 'ArrowRight':
    case 'ArrowDown':
      return Math.min(index + 1, count - 1);
    case 'ArrowLeft':
    case 'ArrowUp':
      return Math.max(index - 1, 0);
    case 'Home':
      return 0;
    case 'End':
      return count - 1;
    default:
      return undefined;
  }
}

interface DrawnProps {
  readonly drawing: Drawing;
  readonly width: number;
  readonly chosen: string | null;
  readonly onChoose: (key: string) => void;
}

function Drawn({ drawing: { rows, height, nowX, ticks }, width, chosen, onChoose }: DrawnProps) {
  return (
    <svg width={width} height={height} aria-hidden="true">
      {ticks.map(({ x, label }) => (
        <g key={label} class="tick">
          <line x1={x} x2={x} y1={20} y2={height} />
          {Math.abs(x - nowX) < NOW_SPACE ? null : (
            <text x={x} y={13}>
              {label}
            </text>
          )}
        </g>
      ))}
      {rows.map(({ track, top, marks, edges }) => (
        <g key={track.id}>
          <text class="track" x={0} y={top + 14}>
            {track.title}
            {track.id === 'access' ? '' : ` · ${track.id}`}
          </text>
          {marks.map((mark) => (
            <Shape key={mark.key} mark={mark} chosen={mark.key === chosen} onChoose={onChoose} />
          ))}
          {edges.map((x) => (
            <line key={x} class="edge" x1={x} x2={x} y1={top + 22} y2={top + 46} />
          ))}
        </g>
      ))}
      <rect class="ahead" x={nowX} y={20} width={Math.max(0, width - nowX)} height={height - 20} />
      {rows.flatMap(({ marks }) => marks.map((mark) => <Label key={mark.key} mark={mark} />))}
      <g class="now">
        <line x1={nowX} x2={nowX} y1={18} y2={height} />
        <text x={nowX} y={13}>
          now
        </text>
      </g>
    </svg>
  );
}

interface ShapeProps {
  readonly mark: Mark;
  readonly chosen: boolean;
  readonly onChoose: (key: string) => void;
}

function Shape({ mark, chosen, onChoose }: ShapeProps) {
  const { key, kind, tone, x, y, width, height } = mark;
  const choose = () => onChoose(key);
  return (
    <g class={`${kind} ${tone} ${chosen ? 'chosen' : ''}`} onPointerEnter={choose} onPointerDown={choose}>
      <rect x={x} y={y} width={width} height={height} rx={kind === 'invoice' ? width / 2 : 3} />
    </g>
  );
}

/** It is above the shade of what is ahead, so that it can be read there too. */
function Label({ mark: { kind, tone, x, y, width, height, label } }: { readonly mark: Mark }) {
  if (label === '' || width < label.length * LETTER_WIDTH + 12) return null;
  return (
    <g class={`label ${kind} ${tone}`}>
      <text x={Math.max(x, 0) + 6} y={y + height / 2 + 4}>
        {label}
      </text>
    </g>
  );
}

function Table({ drawing }: { readonly drawing: Drawing }) {
  return (
    <div class="scroller" role="region" aria-label="The months as a table" tabIndex={0}>
      <table class="list">
        <thead>
          <tr>
            <th scope="col">When</th>
            <th scope="col">Of</th>
            <th scope="col">What</th>
          </tr>
        </thead>
        <tbody>
          {drawing.rows.flatMap(({ track, marks }) =>
            marks.map(({ key, atSeconds, text }) => (
              <tr key={key}>
                <td class="numbers">{dateTimeOf(atSeconds * 1_000)}</td>
                <td>{track.title}</td>
                <td>{text}</td>
              </tr>
            )),
          )}
        </tbody>
      </table>
    </div>
  );
}
