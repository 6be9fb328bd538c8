/** Where each part of the picture of months is drawn, and what it says. Pure. */
import { type ScaleTime, scaleTime } from 'd3-scale';
import type { MonthsPicture, MonthsTrack } from '../../../../control/contract.ts';
import { amountOf, dateOf, dateTimeOf, wordsOf } from '../../../ui/format.ts';
import { toneOf } from '../../../ui/parts.tsx';

export interface Mark {
  readonly key: string;
  readonly kind: 'band' | 'invoice' | 'webhook';
  readonly tone: string;
  readonly atSeconds: number;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  /** Written inside, where there is room. */
  readonly label: string;
  /** The whole, in words. */
  readonly text: string;
}

export interface Row {
  readonly track: MonthsTrack;
  readonly top: number;
  readonly marks: readonly Mark[];
  /** The ends of paid periods. */
  readonly edges: readonly number[];
}

export interface Drawing {
  readonly rows: readonly Row[];
  readonly height: number;
  readonly nowX: number;
  readonly ticks: readonly { readonly x: number; readonly label: string }[];
}

const AXIS_HEIGHT = 26;
const TITLE_HEIGHT = 22;
const BAND_HEIGHT = 24;
const INVOICE_HEIGHT = 20;
const WEBHOOK_HEIGHT = 14;
const ROW_GAP = 16;
const HAIRLINE = 4;
const TICK_WIDTH = 4;
const INVOICE_WIDTH = 10;
const LEAST_BAND = 3;
const TICK_SPACE = 96;
const DAY_SECONDS = 86_400;
const LONG_SECONDS = 200 * DAY_SECONDS;

export function drawingOf(picture: MonthsPicture, width: number): Drawing {
  const { fromSeconds, toSeconds, nowSeconds } = picture;
  const scale = scaleTime([new Date(fromSeconds * 1_000), new Date(toSeconds * 1_000)], [0, width]);
  let top = AXIS_HEIGHT;
  const rows = picture.tracks.map((track) => {
    const row = { track, top, marks: marksOf(track, { scale, picture, top }), edges: edgesOf(track, scale) };
    top += heightOf(track) + ROW_GAP;
    return row;
  });
  return { rows, height: top, nowX: scale(nowSeconds * 1_000), ticks: ticksOf(scale, picture, width) };
}

const hasDetails = ({ invoices, webhooks }: MonthsTrack) => invoices.length + webhooks.length > 0;

function heightOf(track: MonthsTrack): number {
  return TITLE_HEIGHT + BAND_HEIGHT + (hasDetails(track) ? INVOICE_HEIGHT + WEBHOOK_HEIGHT : 0);
}

function edgesOf({ periods }: MonthsTrack, scale: ScaleTime<number, number>): readonly number[] {
  return periods.map(({ toSeconds }) => scale(toSeconds * 1_000));
}

interface Place {
  readonly scale: ScaleTime<number, number>;
  readonly picture: MonthsPicture;
  readonly top: number;
}

function marksOf(track: MonthsTrack, place: Place): readonly Mark[] {
  const marks = [
    ...track.bands.map((band) => bandMark(track, band, place)),
    ...track.invoices.map((invoice) => invoiceMark(invoice, place)),
    ...track.webhooks.map((webhook) => webhookMark(webhook, place)),
  ];
  return marks.sort((a, b) => a.atSeconds - b.atSeconds);
}

function bandMark(track: MonthsTrack, band: MonthsTrack['bands'][number], place: Place): Mark {
  const { scale, picture, top } = place;
  const { fromSeconds, toSeconds, status, note } = band;
  const x = scale(fromSeconds * 1_000);
  const end = scale(Math.min(toSeconds ?? picture.toSeconds, picture.toSeconds) * 1_000);
  const tone = bandTone(status);
  // What has ended goes on for ever, which is no news.
  const isOver = toSeconds === null && tone === 'danger' && track.id !== 'access';
  const height = isOver ? HAIRLINE : BAND_HEIGHT;
  const label = note === null ? wordsOf(status) : `${wordsOf(status)}: ${wordsOf(note)}`;
  const until = toSeconds === null ? 'on' : `to ${dateOf(toSeconds * 1_000)}`;
  return {
    key: `${track.id} band ${fromSeconds}`,
    kind: 'band',
    tone,
    atSeconds: fromSeconds,
    x,
    y: top + TITLE_HEIGHT + (BAND_HEIGHT - height) / 2,
    width: Math.max(end - x, LEAST_BAND),
    height,
    label: isOver ? '' : label,
    text: `${label}, from ${dateOf(fromSeconds * 1_000)} ${until}`,
  };
}

function invoiceMark(invoice: MonthsTrack['invoices'][number], { scale, top }: Place): Mark {
  const { id, atSeconds, status, amount, currency } = invoice;
  return {
    key: id,
    kind: 'invoice',
    tone: toneOf(status),
    atSeconds,
    x: scale(atSeconds * 1_000) - INVOICE_WIDTH / 2,
    y: top + TITLE_HEIGHT + BAND_HEIGHT + 6,
    width: INVOICE_WIDTH,
    height: INVOICE_WIDTH,
    label: '',
    text: `Invoice of ${amountOf(amount, currency)}, ${status}, ${dateTimeOf(atSeconds * 1_000)} (${id})`,
  };
}

function webhookMark(webhook: MonthsTrack['webhooks'][number], { scale, top }: Place): Mark {
  const { id, atSeconds, type, delivered } = webhook;
  return {
    key: id,
    kind: 'webhook',
    tone: delivered ? 'neutral' : 'danger',
    atSeconds,
    x: scale(atSeconds * 1_000) - TICK_WIDTH / 2,
    y: top + TITLE_HEIGHT + BAND_HEIGHT + INVOICE_HEIGHT,
    width: TICK_WIDTH,
    height: WEBHOOK_HEIGHT,
    label: '',
    text: `${type}, ${delivered ? 'delivered' : 'not delivered'}, ${dateTimeOf(atSeconds * 1_000)}`,
  };
}

const ownTones: Readonly<Record<string, string>> = {
  access: 'ok',
  no_access: 'danger',
  owned: 'ok',
  expired: 'danger',
  refunded: 'danger',
  in_grace_period: 'warning',
  in_billing_retry: 'warning',
};

function bandTone(status: string): string {
  return ownTones[status] ?? toneOf(status);
}

function ticksOf(scale: ScaleTime<number, number>, picture: MonthsPicture, width: number): Drawing['ticks'] {
  const isLong = picture.toSeconds - picture.fromSeconds > LONG_SECONDS;
  const format = new Intl.DateTimeFormat(
    undefined,
    isLong ? { month: 'short', year: '2-digit' } : { day: 'numeric', month: 'short' },
  );
  return scale
    .ticks(Math.max(2, Math.floor(width / TICK_SPACE)))
    .map((date) => ({ x: scale(date), label: format.format(date) }))
    .filter(({ x }) => x > 24 && x < width - 24);
}
