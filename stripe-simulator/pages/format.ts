/** Formats amounts, intervals, times and cards for the pages. */
import { placesOf } from '../amounts/currencies.ts';
import type { Price, Recurring } from '../model/catalog.ts';

const MAX_PLACES = 15;

/** Returns the amount with its currency; the amount is in the currency's smallest unit. */
export function formatMoney(amount: number, currency: string): string {
  const places = placesOf(currency);
  return formatted(amount / 10 ** places, currency, places);
}

/** Returns an amount per unit, which can be a part of the smallest unit, such as `$0.005`. */
export function formatDecimal(amount: string, currency: string): string {
  const places = placesOf(currency);
  const [, fraction = ''] = amount.split('.');
  return formatted(Number(amount) / 10 ** places, currency, places + fraction.length);
}

function formatted(value: number, currency: string, places: number): string {
  const digits = Math.min(MAX_PLACES, places);
  try {
    const options = {
      minimumFractionDigits: Math.min(digits, placesOf(currency)),
      maximumFractionDigits: digits,
    };
    return new Intl.NumberFormat('en-US', { style: 'currency', currency, ...options }).format(value);
  } catch {
    return `${value.toFixed(digits)} ${currency.toUpperCase()}`;
  }
}

/** Returns what a unit costs: `$15.00`, `$5.00 per 10` or the first of several tiers. */
export function formatPrice(price: Price): string {
  const { currency, tiers, transform_quantity: transform, unit_amount_decimal: amount } = price;
  const [first] = tiers ?? [];
  if (first !== undefined)
    return `from ${formatDecimal(first.unit_amount_decimal ?? first.flat_amount_decimal ?? '0', currency)}`;
  const each = formatDecimal(amount ?? '0', currency);
  return transform === null ? each : `${each} per ${transform.divide_by}`;
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

const brandNames: Readonly<Record<string, string>> = {
  amex: 'American Express',
  mastercard: 'Mastercard',
  visa: 'Visa',
};

export interface CardFacts {
  readonly brand: string;
  readonly last4: string;
  readonly exp_month: number;
  readonly exp_year: number;
}

/** Returns `Visa •••• 4242`. */
export function formatCard({ brand, last4 }: CardFacts): string {
  return `${brandNames[brand] ?? brand} •••• ${last4}`;
}

/** A payment method of any type. */
export interface MethodFacts {
  readonly type: string;
  readonly card?: CardFacts;
  readonly sepa_debit?: { readonly last4: string };
  readonly us_bank_account?: { readonly bank_name: string; readonly last4: string };
}

/** Returns `Visa •••• 4242`, or the name of the bank debit. */
export function formatMethod({ type, card, sepa_debit: sepa, us_bank_account: bank }: MethodFacts): string {
  if (card !== undefined) return formatCard(card);
  if (sepa !== undefined) return `SEPA Direct Debit •••• ${sepa.last4}`;
  if (bank !== undefined) return `${bank.bank_name} •••• ${bank.last4}`;
  return type.replaceAll('_', ' ');
}

/** Returns `12/2030`. */
export function formatExpiry({ exp_month: month, exp_year: year }: CardFacts): string {
  return `${String(month).padStart(2, '0')}/${year}`;
}

const dayFormat = new Intl.DateTimeFormat('en-US', { dateStyle: 'long', timeZone: 'UTC' });

/** Returns `January 15, 2027`. The simulator's days are those of UTC. */
export function formatDay(seconds: number): string {
  return dayFormat.format(seconds * 1000);
}

/** Returns `2027-01-15 12:00:00`. */
export function formatTime(seconds: number): string {
  return new Date(seconds * 1000).toISOString().slice(0, 19).replace('T', ' ');
}
