/** Paints the lanes on a canvas, and finds what is at a point of it. */
import { scaleTime } from 'd3-scale';
import type { Span } from '../../../control/contract.ts';
import type { LaneLines } from './packing.ts';
import { endOf, type Range } from './range.ts';
import { laneNames } from './words.ts';

export const AXIS_HEIGHT = 24;
const LINE_HEIGHT = 15;
const BAR_HEIGHT = 12;
const LANE_PADDING = 7;
const LANE_HEAD = 14;
const LEAST_WIDTH = 2;
/** A thin bar is hard to hit. */
const REACH = 4;
const TEXT_WIDTH = 44;
/** On average, and a little more. */
const LETTER_WIDTH = 6.8;
const TICK_SPACE = 130;
const FONT = '12px system-ui, sans-serif';
const BAR_FONT = '11px system-ui, sans-serif';

export interface Picture {
  readonly lanes: readonly LaneLines[];
  readonly range: Range;
  readonly width: number;
  readonly nowMs: number;
  readonly selected: number | null;
  readonly story: number | null;
}

interface Bar {
  readonly span: Span;
  readonly x: number;
  readonly y: number;
  readonly width: number;
}

const heightOfLane = ({ lines }: LaneLines): number => LANE_HEAD + lines * LINE_HEIGHT + LANE_PADDING;

export function heightOf(lanes: readonly LaneLines[]): number {
  return lanes.reduce((sum, lane) => sum + heightOfLane(lane), AXIS_HEIGHT);
}

/** Only those that the range shows. */
export function barsOf({ lanes, range, width, nowMs }: Picture): readonly Bar[] {
  const perMs = width / (range.toMs - range.fromMs);
  const bars: Bar[] = [];
  let top = AXIS_HEIGHT;
  for (const lane of lanes) {
    for (const { span, line } of lane.placed) {
      const x = (span.startMs - range.fromMs) * perMs;
      const end = (endOf(span, nowMs) - range.fromMs) * perMs;
      if (end < -LEAST_WIDTH || x > width) continue;
      const y = top + LANE_HEAD + line * LINE_HEIGHT;
      bars.push({ span, x, y, width: Math.max(end - x, LEAST_WIDTH) });
    }
    top += heightOfLane(lane);
  }
  return bars;
}

/** The bar at the point, or the nearest one within reach. */
export function barAt(bars: readonly Bar[], x: number, y: number): Bar | undefined {
  let best: Bar | undefined;
  let bestDistance = REACH + 1;
  for (const bar of bars) {
    if (y < bar.y - 1 || y > bar.y + LINE_HEIGHT - 1) continue;
    const distance = Math.max(bar.x - x, x - bar.x - bar.width, 0);
    if (distance >= bestDistance) continue;
    best = bar;
    bestDistance = distance;
  }
  return best;
}

export type Palette = Readonly<Record<(typeof colorNames)[number], string>>;
const colorNames = [
  'card',
  'sunken',
  'line',
  'ink',
  'quiet',
  'accent',
  'info',
  'info-soft',
  'warning',
  'warning-soft',
  'danger',
  'danger-soft',
  'neutral-soft',
] as const;

/** The colors of the theme at hand. */
export function paletteOf(element: Element): Palette {
  const style = getComputedStyle(element);
  return Object.fromEntries(
    colorNames.map((name) => [name, style.getPropertyValue(`--${name}`).trim()]),
  ) as Palette;
}

export function paint(context: CanvasRenderingContext2D, picture: Picture, colors: Palette): readonly Bar[] {
  const bars = barsOf(picture);
  context.clearRect(0, 0, picture.width, heightOf(picture.lanes));
  paintLanes(context, picture, colors);
  paintAxis(context, picture, colors);
  for (const bar of bars) paintBar(context, bar, { picture, colors });
  paintNow(context, picture, colors);
  return bars;
}

function paintLanes(context: CanvasRenderingContext2D, { lanes, width }: Picture, colors: Palette): void {
  let top = AXIS_HEIGHT;
  context.font = FONT;
  for (const [index, lane] of lanes.entries()) {
    const height = heightOfLane(lane);
    if (index % 2 === 0) {
      context.fillStyle = colors.sunken;
      context.fillRect(0, top, width, height);
    }
    context.fillStyle = colors.quiet;
    context.fillText(laneNames[lane.lane], 6, top + 12);
    top += height;
  }
}

function paintAxis(
  context: CanvasRenderingContext2D,
  { range, width, lanes }: Picture,
  colors: Palette,
): void {
  const scale = scaleTime([new Date(range.fromMs), new Date(range.toMs)], [0, width]);
  const format = axisFormat(range);
  const height = heightOf(lanes);
  context.textAlign = 'center';
  for (const tick of scale.ticks(Math.max(2, Math.floor(width / TICK_SPACE)))) {
    const x = Math.round(scale(tick)) + 0.5;
    context.strokeStyle = colors.line;
    context.beginPath();
    context.moveTo(x, AXIS_HEIGHT - 6);
    context.lineTo(x, height);
    context.stroke();
    context.fillStyle = colors.quiet;
    if (x > TEXT_WIDTH && x < width - TEXT_WIDTH) context.fillText(format.format(tick), x, 13);
  }
  context.textAlign = 'start';
}

function axisFormat({ fromMs, toMs }: Range): Intl.DateTimeFormat {
  const length = toMs - fromMs;
  const time = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const;
  if (length > 86_400_000)
    return new Intl.DateTimeFormat(undefined, { ...time, day: 'numeric', month: 'short' });
  if (length > 600_000) return new Intl.DateTimeFormat(undefined, time);
  const seconds = { ...time, second: '2-digit' } as const;
  if (length > 5_000) return new Intl.DateTimeFormat(undefined, seconds);
  return new Intl.DateTimeFormat(undefined, { ...seconds, fractionalSecondDigits: 3 });
}

interface BarStyle {
  readonly picture: Picture;
  readonly colors: Palette;
}

function paintBar(context: CanvasRenderingContext2D, { span, x, y, width }: Bar, style: BarStyle): void {
  const { picture, colors } = style;
  const isOther = picture.story !== null && span.story !== picture.story;
  const [fill, stroke] = toneOf(span, colors);
  context.globalAlpha = isOther ? 0.3 : 1;
  context.fillStyle = fill;
  context.strokeStyle = stroke;
  context.lineWidth = 1;
  if (width < 5) {
    context.fillStyle = stroke;
    context.fillRect(x, y, width, BAR_HEIGHT);
  } else {
    context.fillRect(x, y, width, BAR_HEIGHT);
    context.strokeRect(x + 0.5, y + 0.5, width - 1, BAR_HEIGHT - 1);
  }
  if (width > TEXT_WIDTH && !isOther) paintTitle(context, { span, x, y, width }, stroke);
  if (span.id === picture.selected) paintSelection(context, { span, x, y, width }, colors);
  context.globalAlpha = 1;
}

/** Cut at the end of its bar. A clip of each bar would be exact, and slow. */
function paintTitle(context: CanvasRenderingContext2D, { span, x, y, width }: Bar, color: string): void {
  const left = Math.max(x, 0) + 4;
  const letters = Math.floor((x + width - left - 3) / LETTER_WIDTH);
  if (letters < 3) return;
  context.font = BAR_FONT;
  context.fillStyle = color;
  context.fillText(span.title.slice(0, letters), left, y + 10);
}

function paintSelection(context: CanvasRenderingContext2D, { x, y, width }: Bar, colors: Palette): void {
  context.strokeStyle = colors.accent;
  context.lineWidth = 2;
  context.beginPath();
  context.roundRect(x - 2, y - 2, width + 4, BAR_HEIGHT + 4, 4);
  context.stroke();
}

function toneOf({ outcome }: Span, colors: Palette): readonly [string, string] {
  switch (outcome) {
    case 'failed':
      return [colors['danger-soft'], colors.danger];
    case 'refused':
      return [colors['warning-soft'], colors.warning];
    case 'running':
      return [colors['neutral-soft'], colors.quiet];
    default:
      return [colors['info-soft'], colors.info];
  }
}

function paintNow(
  context: CanvasRenderingContext2D,
  { range, width, nowMs, lanes }: Picture,
  colors: Palette,
): void {
  const x = Math.round(((nowMs - range.fromMs) / (range.toMs - range.fromMs)) * width) + 0.5;
  if (x < 0 || x > width) return;
  context.strokeStyle = colors.accent;
  context.lineWidth = 1;
  context.beginPath();
  context.moveTo(x, AXIS_HEIGHT - 6);
  context.lineTo(x, heightOf(lanes));
  context.stroke();
}
