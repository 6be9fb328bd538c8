/** The tax of an amount, by the rates that apply to it. */
import { includedPercentOf, percentOf, splitBy } from './decimal.ts';

export interface Rate {
  readonly id: string;
  readonly inclusive: boolean;
  readonly percentage: number;
}

export interface TaxShare {
  readonly rate: string;
  readonly inclusive: boolean;
  readonly amount: number;
  readonly taxable: number;
}

/**
 * Inclusive rates are a part of the amount, and exclusive ones are added to what is left without them. Each tax is
 * rounded on its own.
 */
export function taxShares(amount: number, rates: readonly Rate[]): readonly TaxShare[] {
  const inclusive = rates.filter((rate) => rate.inclusive);
  const percentage = inclusive.reduce((sum, rate) => sum + rate.percentage, 0);
  const included = includedPercentOf(amount, percentage);
  const parts = splitBy(
    included,
    inclusive.map((rate) => Math.round(rate.percentage * 10_000)),
  );
  const taxable = amount - included;
  return rates.map((rate) => ({
    rate: rate.id,
    inclusive: rate.inclusive,
    amount: rate.inclusive ? (parts[inclusive.indexOf(rate)] ?? 0) : percentOf(taxable, rate.percentage),
    taxable,
  }));
}
