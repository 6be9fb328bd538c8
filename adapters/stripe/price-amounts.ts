/** Reads what a price costs, in each of its currencies. */
import type { CurrencyOption, OfferedPrice, PriceTier, TaxBehavior } from '../../contract/prices.ts';
import {
  integerAt,
  recordAt,
  recordIn,
  recordsIn,
  textAt,
  type UnknownRecord,
} from '../../core/system/record.ts';

export type PriceAmounts = Pick<
  OfferedPrice,
  | 'unit_amount'
  | 'unit_amount_decimal'
  | 'billing_scheme'
  | 'tiers_mode'
  | 'tiers'
  | 'transform_quantity'
  | 'currency_options'
>;

export function amountsOf(price: UnknownRecord): PriceAmounts {
  const isTiered = textAt(price, 'billing_scheme') === 'tiered';
  const none = { unit_amount: null, unit_amount_decimal: null };
  return {
    ...(isTiered ? none : unitAmountsOf(price)),
    billing_scheme: isTiered ? 'tiered' : 'per_unit',
    tiers_mode: isTiered ? oneOf(textAt(price, 'tiers_mode'), ['graduated', 'volume']) : null,
    tiers: isTiered ? tiersIn(price['tiers']) : null,
    transform_quantity: transformIn(recordAt(price, 'transform_quantity')),
    // Stripe shows the tiers of an option only to those who name its currency.
    currency_options: isTiered ? [] : optionsIn(price),
  };
}

function unitAmountsOf(priced: UnknownRecord): Pick<CurrencyOption, 'unit_amount' | 'unit_amount_decimal'> {
  const amount = integerAt(priced, 'unit_amount');
  const decimal = textAt(priced, 'unit_amount_decimal');
  return {
    unit_amount: amount,
    unit_amount_decimal: decimal ?? (amount === null ? null : String(amount)),
  };
}

/** Returns null if Stripe does not show them. */
function tiersIn(tiers: unknown): readonly PriceTier[] | null {
  if (!Array.isArray(tiers) || tiers.length === 0) return null;
  return recordsIn(tiers).map((tier) => {
    const flat = integerAt(tier, 'flat_amount');
    return {
      up_to: integerAt(tier, 'up_to'),
      ...unitAmountsOf(tier),
      flat_amount: flat,
      flat_amount_decimal: textAt(tier, 'flat_amount_decimal') ?? (flat === null ? null : String(flat)),
    };
  });
}

function transformIn(transform: UnknownRecord | null): OfferedPrice['transform_quantity'] {
  const divideBy = integerAt(transform, 'divide_by');
  const round = oneOf(textAt(transform, 'round'), ['up', 'down']);
  return divideBy === null || round === null ? null : { divide_by: divideBy, round };
}

/** Returns the other currencies, sorted. Stripe lists that of the price itself among them. */
function optionsIn(price: UnknownRecord): readonly CurrencyOption[] {
  return Object.entries(recordAt(price, 'currency_options') ?? {})
    .filter(([currency]) => currency !== textAt(price, 'currency'))
    .flatMap(([currency, value]): CurrencyOption[] => {
      const option = recordIn(value);
      if (option === null) return [];
      const amounts = unitAmountsOf(option);
      if (amounts.unit_amount_decimal === null) return [];
      return [{ currency, ...amounts, tax_behavior: taxBehaviorIn(option) }];
    })
    .sort((a, b) => (a.currency < b.currency ? -1 : 1));
}

function taxBehaviorIn(option: UnknownRecord): TaxBehavior {
  return oneOf(textAt(option, 'tax_behavior'), ['inclusive', 'exclusive']) ?? 'unspecified';
}

function oneOf<T extends string>(text: string | null, known: readonly T[]): T | null {
  return known.find((one) => one === text) ?? null;
}
