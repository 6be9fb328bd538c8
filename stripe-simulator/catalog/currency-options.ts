/** Reads what a price costs in other currencies than its own. */
import type { CurrencyOption, Price } from '../model/catalog.ts';
import type { Params } from '../protocol/params.ts';
import { invalidRequest } from '../protocol/stripe-error.ts';
import { pricedTerms } from './price-terms.ts';

type Options = NonNullable<Price['currency_options']>;

/** Returns undefined if the parameters name none. */
export function currencyOptionsOf(
  params: Params,
  price: Pick<Price, 'currency' | 'billing_scheme'>,
): Options | undefined {
  const options = params.object('currency_options');
  if (options === undefined) return undefined;
  return Object.fromEntries(
    options.names().map((name): [string, CurrencyOption] => {
      const currency = name.toLowerCase();
      const param = options.nameOf(name);
      if (!/^[a-z]{3}$/.test(currency))
        throw invalidRequest({ message: `Invalid currency: ${currency}.`, param });
      if (currency === price.currency) {
        const message = `The currency ${currency} is the default currency of the price, so it cannot be an option of it.`;
        throw invalidRequest({ message, param });
      }
      return [currency, optionOf(options.object(name), price)];
    }),
  );
}

function optionOf(params: Params | undefined, price: Pick<Price, 'billing_scheme'>): CurrencyOption {
  const terms = pricedTerms(params, price.billing_scheme);
  return {
    custom_unit_amount: null,
    tax_behavior: params?.oneOf('tax_behavior', ['exclusive', 'inclusive', 'unspecified']) ?? 'unspecified',
    ...(terms.tiers === undefined ? {} : { tiers: terms.tiers }),
    unit_amount: terms.unit_amount,
    unit_amount_decimal: terms.unit_amount_decimal,
  };
}
