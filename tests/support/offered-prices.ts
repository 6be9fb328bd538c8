/** Prices that are for sale, for tests of what is decided about them. */
import type { OfferedPrice } from '../../contract/prices.ts';
import type { CatalogueEntry } from '../../core/catalogue/entry.ts';
import type { Listed } from '../../core/prices/offer.ts';

export function entryOf(id: string, fields: Partial<CatalogueEntry> = {}): CatalogueEntry {
  return {
    id,
    lookupKey: null,
    productId: 'prod_1',
    currency: 'usd',
    recurring: { interval: 'month', interval_count: 1 },
    metered: false,
    unitAmount: '990',
    taxBehavior: 'unspecified',
    role: null,
    trialDays: null,
    access: null,
    features: [],
    ...fields,
  };
}

/** A price for sale, which a page shows as its entry says. */
export function offered(
  id: string,
  fields: Partial<CatalogueEntry> = {},
  shown: Partial<OfferedPrice> = {},
): Extract<Listed, { kind: 'offered' }> {
  const entry = entryOf(id, fields);
  const price: OfferedPrice = {
    id,
    lookup_key: entry.lookupKey,
    product: { id: entry.productId ?? 'prod_1', name: 'Pro', description: null, features: [], images: [] },
    currency: entry.currency,
    unit_amount: Number(entry.unitAmount),
    unit_amount_decimal: entry.unitAmount,
    billing_scheme: 'per_unit',
    tiers_mode: null,
    tiers: null,
    transform_quantity: null,
    tax_behavior: entry.taxBehavior,
    currency_options: [],
    recurring: entry.recurring,
    role: entry.role ?? 'plan',
    trial_days: entry.trialDays ?? 0,
    access: null,
    unlocks: [],
    max_quantity: 1,
    ...shown,
  };
  return { kind: 'offered', price, entry };
}
