/** Shows amounts and times as people read them. */
import type { Price } from '@predixa/client';

/** An amount is in the smallest unit of its currency, of which most have a hundred and some have one. */
export function priceText({ unit_amount, unit_amount_decimal, currency, billing_scheme }: Price): string {
  const amount = unit_amount ?? Number(unit_amount_decimal ?? Number.NaN);
  if (billing_scheme === 'tiered' || Number.isNaN(amount)) return 'By quantity';
  const format = new Intl.NumberFormat('en', { style: 'currency', currency });
  const { maximumFractionDigits: digits = 2 } = format.resolvedOptions();
  return format.format(amount / 10 ** digits);
}

export function intervalText({ recurring: { interval, interval_count } }: Price): string {
  return interval_count === 1 ? `a ${interval}` : `every ${interval_count} ${interval}s`;
}

export function dateText(unixSeconds: number | null): string | undefined {
  if (unixSeconds === null) return undefined;
  return new Intl.DateTimeFormat('en', { dateStyle: 'long', timeZone: 'UTC' }).format(unixSeconds * 1000);
}
