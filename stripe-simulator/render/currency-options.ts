/** Shows what a price costs in each of its currencies. */
import type { CurrencyOption, Price } from '../model/catalog.ts';

/** Returns the options as Stripe shows them: with that of the price's own currency, and without tiers. */
export function shownOptions(price: Price): NonNullable<Price['currency_options']> {
  const own: CurrencyOption = {
    custom_unit_amount: null,
    tax_behavior: price.tax_behavior,
    unit_amount: price.unit_amount,
    unit_amount_decimal: price.unit_amount_decimal,
  };
  const all = { ...price.currency_options, [price.currency]: own };
  return Object.fromEntries(
    Object.entries(all)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([currency, option]) => [currency, withoutTiers(option)]),
  );
}

function withoutTiers(option: CurrencyOption): CurrencyOption {
  const { custom_unit_amount, tax_behavior, unit_amount, unit_amount_decimal } = option;
  return { custom_unit_amount, tax_behavior, unit_amount, unit_amount_decimal };
}
