/** The lanes: every span of every system on one axis of time. The list shows the same to a screen reader. */
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { Span } from '../../../control/contract.ts';
import { useWidth } from '../../ui/use-width.ts';
import { packed } from './packing.ts';
import { barAt, barsOf, heightOf, type Picture, paint, paletteOf } from './paint.ts';
import { moved, type Range, showing, zoomed } from './range.ts';
import { spanText } from './words.ts';

export interface LanesProps {
  readonly spans: readonly Span[];
  readonly range: Range;
  readonly nowMs: number;
  readonly selected: Span | undefined;
  readonly story: number | null;
  readonly onRange: (range: Range) => void;
  readonly onSelect: (span: Span | undefined) => void;
}

const WHEEL_SPEED = 0.002;
const ZOOM_STEP = 0.6;
/** A press that moves less is a click. */
const CLICK_PIXELS = 4;

export function Lanes(props: LanesProps) {
  const { spans, range, nowMs, selected, story, onRange, onSelect } = props;
  const frame = useRef<HTMLDivElement>(null);
  const width = useWidth(frame);
  const lanes = useMemo(() => packed(spans, nowMs), [spans, nowMs]);
  const picture: Picture = { lanes, range, width, nowMs, selected: selected?.id ?? null, story };
  const [pointed, setPointed] = useState<Span>();
  const gestures = useGestures(frame, picture, { onRange, onSelect, onPoint: setPointed });
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (onKey(event.key, props)) event.preventDefault();
  };
  return (
    <div class="lanes">
      <div
        ref={frame}
        class="lanes-frame"
        role="group"
        tabIndex={0}
        aria-label="Lanes of the timeline. The arrow keys select a span, plus and minus zoom. The list shows the same as a table."
        onKeyDown={onKeyDown}
        {...gestures}
      >
        {width === 0 ? null : <Canvas picture={picture} />}
      </div>
      <p class="lanes-said" aria-live="polite">
        {pointed === undefined ? (selected === undefined ? HINT : spanText(selected)) : spanText(pointed)}
      </p>
    </div>
  );
}

const HINT = 'Turn the wheel to zoom, drag to move. Select a span to see its whole story.';

/** Returns whether the key means something here. */
function onKey(key: string, { spans, range, nowMs, selected, onRange, onSelect }: LanesProps): boolean {
  const select = (span: Span | undefined) => {
    if (span === undefined) return;
    onSelect(span);
    onRange(showing(range, span, nowMs));
  };
  switch (key) {
    case '+':
    case '=':
      onRange(zoomed(range, ZOOM_STEP));
      return true;
    case '-':
      onRange(zoomed(range, 1 / ZOOM_STEP));
      return true;
    case 'ArrowRight':
    case 'ArrowDown':
      select(neighbour(spans, selected, 1));
      return true;
    case 'ArrowLeft':
    case 'ArrowUp':
      select(neighbour(spans, selected, -1));
      return true;
    case 'PageDown':
      onRange(moved(range, 0.8));
      return true;
    case 'PageUp':
      onRange(moved(range, -0.8));
      return true;
    case 'Escape':
      onSelect(undefined);
      return true;
    default:
      return false;
  }
}

function neighbour(spans: readonly Span[], selected: Span | undefined, step: 1 | -1): Span | undefined {
  if (selected === undefined) return spans.at(-1);
  const index = spans.findIndex(({ id }) => id === selected.id);
  return spans[Math.min(spans.length - 1, Math.max(0, index + step))];
}

function Canvas({ picture }: { readonly picture: Picture }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const theme = useTheme();
  const height = heightOf(picture.lanes);
  // A wheel turns many times between two frames, of which only the last one is seen.
  useLayoutEffect(() => {
    const frame = requestAnimationFrame(() => {
      if (canvas.current !== null) draw(canvas.current, picture, height);
    });
    return () => cancelAnimationFrame(frame);
  }, [picture, height, theme]);
  return <canvas ref={canvas} aria-hidden="true" />;
}

function draw(canvas: HTMLCanvasElement, picture: Picture, height: number): void {
  const context = canvas.getContext('2d');
  if (context === null) return;
  const ratio = devicePixelRatio;
  const [width, tall] = [Math.round(picture.width * ratio), Math.round(height * ratio)];
  // A new size takes a new buffer, which is slow.
  if (canvas.width !== width || canvas.height !== tall) {
    canvas.width = width;
    canvas.height = tall;
    canvas.style.width = `${picture.width}px`;
    canvas.style.height = `${height}px`;
  }
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  paint(context, picture, paletteOf(canvas));
}

function useTheme(): boolean {
  const query = useMemo(() => matchMedia('(prefers-color-scheme: dark)'), []);
  const [isDark, setIsDark] = useState(query.matches);
  useEffect(() => {
    const follow = () => setIsDark(query.matches);
    query.addEventListener('change', follow);
    return () => query.removeEventListener('change', follow);
  }, [query]);
  return isDark;
}

interface Gestures {
  readonly onRange: (range: Range) => void;
  readonly onSelect: (span: Span | undefined) => void;
  readonly onPoint: (span: Span | undefined) => void;
}

function useGestures(frame: { readonly current: HTMLElement | null }, picture: Picture, on: Gestures) {
  const now = useRef({ picture, on });
  now.current = { picture, on };
  const press = useRef<{ x: number; range: Range; dragged: boolean } | null>(null);
  // The browser treats wheel listeners of attributes as passive.
  useEffect(() => {
    const { current } = frame;
    const onWheel = (event: WheelEvent) => {
      event.preventDefault();
      const { range, width } = now.current.picture;
      const isSideways = event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY);
      const next = isSideways
        ? moved(range, (event.deltaX || event.deltaY) / width)
        : zoomed(range, Math.exp(event.deltaY * WHEEL_SPEED), event.offsetX / width);
      now.current.on.onRange(next);
    };
    current?.addEventListener('wheel', onWheel, { passive: false });
    return () => current?.removeEventListener('wheel', onWheel);
  }, [frame]);
  const spanAt = ({ offsetX, offsetY }: PointerEvent) =>
    barAt(barsOf(now.current.picture), offsetX, offsetY)?.span;
  return {
    onPointerDown: (event: PointerEvent) => {
      press.current = { x: event.offsetX, range: picture.range, dragged: false };
    },
    onPointerMove: (event: PointerEvent) => {
      const pressed = press.current;
      if (pressed === null) {
        on.onPoint(spanAt(event));
        return;
      }
      const by = pressed.x - event.offsetX;
      if (!pressed.dragged && Math.abs(by) < CLICK_PIXELS) return;
      if (!pressed.dragged) frame.current?.setPointerCapture(event.pointerId);
      pressed.dragged = true;
      on.onRange(moved(pressed.range, by / picture.width));
    },
    onPointerUp: (event: PointerEvent) => {
      const pressed = press.current;
      press.current = null;
      if (pressed !== null && !pressed.dragged) on.onSelect(spanAt(event));
    },
    onPointerCancel: () => {
      press.current = null;
    },
    onPointerLeave: () => on.onPoint(undefined),
  };
}
