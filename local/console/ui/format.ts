/** Formats times, amounts and ids for people. */

const dateTime = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });
const date = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium' });
const clockTime = new Intl.DateTimeFormat(undefined, {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
  fractionalSecondDigits: 3,
});
const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });

export const dateTimeOf = (ms: number): string => dateTime.format(ms);
export const dateOf = (ms: number): string => date.format(ms);
export const clockTimeOf = (ms: number): string => clockTime.format(ms);

const steps = [
  ['year', 365 * 86_400_000],
  ['month', 30 * 86_400_000],
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
] as const;

/** Such as `in 6 days` or `3 minutes ago`. */
export function relativeOf(ms: number, nowMs: number): string {
  const difference = ms - nowMs;
  for (const [unit, size] of steps) {
    if (Math.abs(difference) >= size) return relative.format(Math.trunc(difference / size), unit);
  }
  return difference > 0 ? 'in a moment' : 'just now';
}

/** Such as `+ 31 days 2 hours`, for how far the clock is ahead. */
export function spanOf(ms: number): string {
  const days = Math.floor(ms / 86_400_000);
  const hours = Math.floor((ms % 86_400_000) / 3_600_000);
  const minutes = Math.floor((ms % 3_600_000) / 60_000);
  const parts = [count(days, 'day'), count(hours, 'hour'), days === 0 ? count(minutes, 'minute') : ''];
  return parts.filter((part) => part !== '').join(' ') || 'less than a minute';
}

function count(number: number, unit: string): string {
  if (number === 0) return '';
  return `${number} ${unit}${number === 1 ? '' : 's'}`;
}

/** `amount` is in the smallest unit of the currency, as Stripe states it. */
export function amountOf(amount: number, currency: string): string {
  const format = new Intl.NumberFormat(undefined, { style: 'currency', currency: currency.toUpperCase() });
  const digits = format.resolvedOptions().maximumFractionDigits ?? 2;
  return format.format(amount / 10 ** digits);
}

/** Milliseconds of work, such as `0.8 ms`, `120 ms` or `2.3 s`. */
export function durationOf(ms: number): string {
  if (ms < 10) return `${ms.toFixed(1)} ms`;
  return ms < 1_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(1)} s`;
}

/** Keeps the beginning and the end of a long id, which are what people compare. */
export function shortId(id: string): string {
  return id.length <= 18 ? id : `${id.slice(0, 9)}…${id.slice(-5)}`;
}

/** `past_due` as `past due`. */
export const wordsOf = (name: string): string => name.replaceAll('_', ' ');
