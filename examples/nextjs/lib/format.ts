/** Shows amounts and times as people read them. */
import type { Price } from '@predixa/client';

/** Currencies that Stripe counts as they are, or in thousandths. It counts all others in hundredths, also those without coins. */
const wholes = 'bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf'.split(' ');
const thousandths = 'bhd jod kwd omr tnd'.split(' ');

export function priceText({ unit_amount, unit_amount_decimal, currency, billing_scheme }: Price): string {
  const amount = unit_amount ?? Number(unit_amount_decimal ?? Number.NaN);
  if (billing_scheme === 'tiered' || Number.isNaN(amount)) return 'By quantity';
  const value = amount / (wholes.includes(currency) ? 1 : thousandths.includes(currency) ? 1_000 : 100);
  // A fraction is shown in full, even in a currency that is written without.
  const digits = Number.isInteger(value) ? {} : { maximumFractionDigits: 12 };
  return new Intl.NumberFormat('en', { style: 'currency', currency, ...digits }).format(value);
}

/** What is charged once has no interval. */
export function intervalText({ recurring }: Price): string {
  if (recurring === null) return 'once';
  const { interval, interval_count } = recurring;
  return interval_count === 1 ? `a ${interval}` : `every ${interval_count} ${interval}s`;
}

/** The checkout decides which users get the trial. */
export function trialText({ trial_days }: Price): string {
  return trial_days === 1 ? 'With a day to try it' : `With ${trial_days} days to try it`;
}

export function dateText(unixSeconds: number | null): string | undefined {
  if (unixSeconds === null) return undefined;
  return new Intl.DateTimeFormat('en', { dateStyle: 'long', timeZone: 'UTC' }).format(unixSeconds * 1000);
}
