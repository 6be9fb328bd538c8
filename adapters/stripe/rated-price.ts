/** Reads what a price costs, and in which interval. */
import type { BillingInterval, RatedPrice } from '../../core/change/direction.ts';
import { integerAt, recordAt, textAt, type UnknownRecord } from '../../core/system/record.ts';
import { idAt } from './json.ts';

const intervals: readonly BillingInterval[] = ['day', 'week', 'month', 'year'];

/** Returns undefined for a price that is charged once, or of a kind that is not known here. */
export function ratedPriceIn(price: UnknownRecord): RatedPrice | undefined {
  const priceId = textAt(price, 'id');
  const currency = textAt(price, 'currency');
  const recurring = recordAt(price, 'recurring');
  const named = textAt(recurring, 'interval');
  const interval = intervals.find((one) => one === named);
  if (priceId === null || currency === null || interval === undefined) return undefined;
  return {
    priceId,
    keys: [textAt(price, 'lookup_key'), idAt(price, 'product')].filter((key) => key !== null),
    currency,
    amount: amountIn(price),
    interval,
    intervalCount: integerAt(recurring, 'interval_count') ?? 1,
  };
}

function amountIn(price: UnknownRecord): number | null {
  // Of tiers, and of packages, one does not cost a single amount.
  if (textAt(price, 'billing_scheme') === 'tiered' || recordAt(price, 'transform_quantity') !== null)
    return null;
  const decimal = textAt(price, 'unit_amount_decimal');
  const amount = integerAt(price, 'unit_amount') ?? (decimal === null ? null : Number(decimal));
  return amount !== null && Number.isFinite(amount) ? amount : null;
}
