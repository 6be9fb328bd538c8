/** Formats amounts, billing intervals and card numbers for the pages. */
import type { Recurring } from '../model/catalog.ts';

/** Returns the amount with its currency; the amount is in the currency's smallest unit. */
export function formatMoney(amount: number, currency: string): string {
  const format = formatOf(currency);
  const digits = format?.resolvedOptions().maximumFractionDigits ?? 2;
  const value = amount / 10 ** digits;
  return format?.format(value) ?? `${value.toFixed(2)} ${currency.toUpperCase()}`;
}

function formatOf(currency: string): Intl.NumberFormat | undefined {
  try {
    return new Intl.NumberFormat('en-US', { style: 'currency', currency });
  } catch {
    return undefined;
  }
}

/** Returns ` per month` or ` every 3 months`, or nothing for a one-time price. */
export function formatInterval(recurring: Recurring | null): string {
  if (recurring === null) return '';
  const { interval, interval_count: count } = recurring;
  return count === 1 ? ` per ${interval}` : ` every ${count} ${interval}s`;
}

export function formatCardNumber(number: string): string {
  return number.replaceAll(/\D/g, '').replaceAll(/(\d{4})(?=\d)/g, '$1 ');
}
