/** Reads what a pricing page shows of the prices that the configuration lists. */
import type { OfferedPrice, OfferedProduct } from '../../contract/prices.ts';
import { whyUnsellable } from '../../core/catalogue/sellable.ts';
import type { Listed } from '../../core/prices/offer.ts';
import { Fault } from '../../core/system/fault.ts';
import {
  integerAt,
  recordAt,
  recordsIn,
  textAt,
  textIn,
  type UnknownRecord,
} from '../../core/system/record.ts';
import type { StripeApi } from './api.ts';
import { intervalIn } from './catalogue.ts';
import { unknownShape } from './json.ts';
import { readListedPrices } from './listed-prices.ts';

/** Returns the listed prices, in their order, each once. One that cannot be shown does not hide the others. */
export async function readOfferedPrices(
  stripe: StripeApi,
  listed: readonly string[],
): Promise<readonly Listed[]> {
  const found = await readListedPrices(stripe, listed, { withProducts: true });
  const seen = new Set<UnknownRecord>();
  const faults: Fault[] = [];
  const all = listed.flatMap((named): readonly Listed[] => {
    const price = found.get(named);
    if (price === undefined) return [{ kind: 'unsellable', named, reason: 'missing' }];
    if (seen.has(price)) return [];
    seen.add(price);
    const reason = whyUnsellable(price);
    if (reason !== undefined) return [{ kind: 'unsellable', named, reason }];
    try {
      return [{ kind: 'offered', price: offeredPrice(price) }];
    } catch (fault) {
      if (!(fault instanceof Fault)) throw fault;
      faults.push(fault);
      return [{ kind: 'unreadable', named }];
    }
  });
  const [first] = faults;
  // The settings are not to blame, so it is an outage rather than a mistake in them.
  if (first !== undefined && all.every(({ kind }) => kind !== 'offered')) throw first;
  return all;
}

/** Throws a fault for a price that a pricing page cannot show: one without a currency, a period or a product. */
export function offeredPrice(price: UnknownRecord): OfferedPrice {
  const id = textAt(price, 'id');
  const currency = textAt(price, 'currency');
  const recurring = intervalIn(recordAt(price, 'recurring'));
  const product = productIn(recordAt(price, 'product'));
  if (id === null || currency === null || recurring === null || product === null) {
    throw unknownShape('read prices', 'a price with an id, a currency, a period and a product');
  }
  const isTiered = textAt(price, 'billing_scheme') === 'tiered';
  const amount = integerAt(price, 'unit_amount');
  return {
    id,
    lookup_key: textAt(price, 'lookup_key'),
    product,
    currency,
    unit_amount: isTiered ? null : amount,
    unit_amount_decimal: isTiered
      ? null
      : (textAt(price, 'unit_amount_decimal') ?? (amount === null ? null : String(amount))),
    billing_scheme: isTiered ? 'tiered' : 'per_unit',
    recurring,
  };
}

function productIn(product: UnknownRecord | null): OfferedProduct | null {
  const id = textAt(product, 'id');
  const name = textAt(product, 'name');
  if (product === null || id === null || name === null) return null;
  const features = Array.isArray(product['marketing_features']) ? product['marketing_features'] : [];
  const images = Array.isArray(product['images']) ? product['images'] : [];
  return {
    id,
    name,
    description: textAt(product, 'description'),
    features: recordsIn(features)
      .map((feature) => textAt(feature, 'name'))
      .filter((text) => text !== null),
    images: images.map(textIn).filter((text) => text !== null),
  };
}
