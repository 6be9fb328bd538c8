/** What a sale needs to know of a price that the configuration lists. */
import type { BillingInterval } from '../../contract/prices.ts';
import type { PriceRole } from '../subscription/subscription.ts';
import { Fault } from '../system/fault.ts';
import { type Unsellable, unsellableTexts } from './sellable.ts';
import type { PriceTerms } from './terms.ts';

export interface CatalogueEntry extends PriceTerms {
  readonly id: string;
  readonly lookupKey: string | null;
  readonly productId: string | null;
  /** An ISO 4217 code in lower case. */
  readonly currency: string;
  /** Null: the price is charged once. */
  readonly recurring: BillingInterval | null;
  /** It bills usage, so no quantity of it is bought. */
  readonly metered: boolean;
  /**
   * What one of it costs, in the currency's smallest unit, as a decimal text. Null: the amount depends on the quantity (tiers,
   * packages), or the customer chooses it.
   */
  readonly unitAmount: string | null;
  readonly taxBehavior: 'inclusive' | 'exclusive' | 'unspecified';
  /** Null: the price says nothing, so it is a plan. */
  readonly role: PriceRole | null;
}

/** One name in the configuration. A price that cannot be sold has an entry if Stripe shows enough of it. */
export type Listing =
  | { readonly kind: 'sold'; readonly entry: CatalogueEntry }
  | { readonly kind: 'unsellable'; readonly reason: Unsellable; readonly entry: CatalogueEntry | null };

/** The listings by every name of their prices: the id and the lookup key. */
export type CatalogueView = ReadonlyMap<string, Listing>;

/** Everything that can be bought. A client's text never reaches Stripe. */
export interface Catalogue {
  read(): Promise<CatalogueView>;
}

/**
 * Returns the price that a client names by id or lookup key, or `undefined` if it is not for sale. Throws a `Fault` that names
 * the setting if the configuration offers it, but it cannot be sold.
 */
export function soldAs(catalogue: CatalogueView, named: string): CatalogueEntry | undefined {
  const listing = catalogue.get(named);
  if (listing === undefined) return undefined;
  if (listing.kind === 'sold') return listing.entry;
  throw new Fault({
    code: 'refused',
    system: 'stripe',
    operation: 'find price',
    reason: `price_${listing.reason}`,
    refusal: {
      kind: 'installation',
      setting: 'CHECKOUT_PRICES',
      fix: `The price ${named} ${unsellableTexts[listing.reason]}. List another one, or correct it in Stripe.`,
    },
  });
}
