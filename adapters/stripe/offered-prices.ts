/** Reads what a pricing page shows of the prices that the configuration lists. */
import type { OfferedPrice, OfferedProduct, OfferedRole } from '../../contract/prices.ts';
import type { CatalogueEntry } from '../../core/catalogue/entry.ts';
import { whyUnsellable } from '../../core/catalogue/sellable.ts';
import type { Listed } from '../../core/prices/offer.ts';
import { Fault } from '../../core/system/fault.ts';
import { recordAt, recordsIn, textAt, textIn, type UnknownRecord } from '../../core/system/record.ts';
import type { StripeApi } from './api.ts';
import { entryIn } from './catalogue.ts';
import { unknownShape } from './json.ts';
import { readListedPrices } from './listed-prices.ts';
import { amountsOf } from './price-amounts.ts';

/** What the settings say about every price. */
export interface OfferTerms {
  /** Of a price whose metadata name no days. */
  readonly trialDays: number;
  readonly maxQuantity: number;
}

/** Returns the listed prices, in their order, each once. One that cannot be shown does not hide the others. */
export async function readOfferedPrices(
  stripe: StripeApi,
  listed: readonly string[],
  terms: OfferTerms,
): Promise<readonly Listed[]> {
  const found = await readListedPrices(stripe, listed, { expand: ['product', 'tiers', 'currency_options'] });
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
      return [{ kind: 'offered', ...offeredPrice(price, terms) }];
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

/** Throws a fault for a price that a pricing page cannot show: one without a currency, a known period or a product. */
export function offeredPrice(
  price: UnknownRecord,
  terms: OfferTerms,
): { readonly price: OfferedPrice; readonly entry: CatalogueEntry } {
  const entry = entryIn(price);
  const product = productIn(recordAt(price, 'product'));
  if (entry === null || product === null) {
    throw unknownShape('read prices', 'a price with an id, a currency, a known period and a product');
  }
  const { id, lookupKey, currency, taxBehavior, recurring, access, features } = entry;
  const shown: OfferedPrice = {
    id,
    lookup_key: lookupKey,
    product,
    currency,
    ...amountsOf(price),
    tax_behavior: taxBehavior,
    recurring,
    role: roleOf(entry),
    trial_days: trialDaysOf(entry, terms),
    access:
      recurring !== null || access === null
        ? null
        : { kind: access.kind, days: access.kind === 'days' ? access.days : null },
    unlocks: recurring === null ? features : [],
    max_quantity: terms.maxQuantity,
  };
  return { price: shown, entry };
}

/** A price that says nothing is sold as a plan. */
function roleOf({ role }: CatalogueEntry): OfferedRole {
  return role ?? 'plan';
}

/** What is charged once has no trial, and an add-on has that of its plan. */
function trialDaysOf({ recurring, role, trialDays }: CatalogueEntry, terms: OfferTerms): number {
  if (recurring === null || role === 'add_on') return 0;
  return trialDays ?? terms.trialDays;
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
