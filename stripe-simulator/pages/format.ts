/** Amounts as people read them. */
import type { Recurring } from '../model/catalog.ts';

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

export function formatInterval(recurring: Recurring | null): string {
  if (recurring === null) return '';
  const { interval, interval_count: count } = recurring;
  return count === 1 ? ` per ${interval}` : ` every ${count} ${interval}s`;
}

export function formatCardNumber(number: string): string {
  return number.replaceAll(/\D/g, '').replaceAll(/(\d{4})(?=\d)/g, '$1 ');
}
