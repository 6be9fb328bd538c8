/** Resolves the configured price ids and lookup keys to the prices that users may buy. */
import type { BillingInterval } from '../../contract/prices.ts';
import type { Catalogue, CatalogueEntry, CatalogueView, Listing } from '../../core/catalogue/entry.ts';
import { whyUnsellable } from '../../core/catalogue/sellable.ts';
import { roleIn, termsIn } from '../../core/catalogue/terms.ts';
import { integerAt, recordAt, textAt, type UnknownRecord } from '../../core/system/record.ts';
import type { StripeApi } from './api.ts';
import { idAt } from './json.ts';
import { readListedPrices } from './listed-prices.ts';

/** A lookup key can move to another price, and a price can be deactivated, at any time. */
const CACHE_MS = 5 * 60_000;

export interface CatalogueServices {
  readonly stripe: () => Promise<StripeApi>;
  readonly nowMs: () => number;
}

/** Both the client and the configuration may use an id or a lookup key. */
export function createCatalogue(listed: readonly string[], services: CatalogueServices): Catalogue {
  let known: { readonly view: CatalogueView; readonly untilMs: number } | undefined;
  return {
    read: async () => {
      if (known === undefined || services.nowMs() >= known.untilMs) {
        const view = await viewOf(await services.stripe(), listed);
        known = { view, untilMs: services.nowMs() + CACHE_MS };
      }
      return known.view;
    },
  };
}

async function viewOf(stripe: StripeApi, listed: readonly string[]): Promise<CatalogueView> {
  const missing: Listing = { kind: 'unsellable', reason: 'missing', entry: null };
  const view = new Map<string, Listing>(listed.map((name) => [name, missing]));
  for (const [name, price] of await readListedPrices(stripe, listed, { expand: [] })) {
    view.set(name, listingOf(price));
  }
  return view;
}

function listingOf(price: UnknownRecord): Listing {
  const entry = entryIn(price);
  const reason = whyUnsellable(price);
  if (reason !== undefined) return { kind: 'unsellable', reason, entry };
  return entry === null ? { kind: 'unsellable', reason: 'unreadable', entry } : { kind: 'sold', entry };
}

/** Returns null for a price without an id or a currency, or with an interval that is not known here. */
export function entryIn(price: UnknownRecord): CatalogueEntry | null {
  const id = textAt(price, 'id');
  const currency = textAt(price, 'currency');
  const terms = recordAt(price, 'recurring');
  const recurring = intervalIn(terms);
  if (id === null || currency === null || (terms !== null && recurring === null)) return null;
  const behavior = textAt(price, 'tax_behavior');
  return {
    id,
    lookupKey: textAt(price, 'lookup_key'),
    productId: idAt(price, 'product'),
    currency,
    recurring,
    metered: textAt(terms, 'usage_type') === 'metered',
    unitAmount: unitAmountIn(price),
    taxBehavior: behavior === 'inclusive' || behavior === 'exclusive' ? behavior : 'unspecified',
    role: roleIn(price),
    ...termsIn(price),
  };
}

function unitAmountIn(price: UnknownRecord): string | null {
  const dependsOnQuantity =
    textAt(price, 'billing_scheme') === 'tiered' || recordAt(price, 'transform_quantity') !== null;
  if (dependsOnQuantity || recordAt(price, 'custom_unit_amount') !== null) return null;
  const amount = integerAt(price, 'unit_amount');
  return textAt(price, 'unit_amount_decimal') ?? (amount === null ? null : String(amount));
}

const intervals: readonly string[] = ['day', 'week', 'month', 'year'] satisfies BillingInterval['interval'][];

export function intervalIn(recurring: UnknownRecord | null): BillingInterval | null {
  const interval = textAt(recurring, 'interval');
  if (interval === null || !intervals.includes(interval)) return null;
  return {
    interval: interval as BillingInterval['interval'],
    interval_count: integerAt(recurring, 'interval_count') ?? 1,
  };
}
