/** Resolves the configured price ids and lookup keys to the prices that users may buy. */
import { type Unsellable, unsellableTexts, whyUnsellable } from '../../core/checkout/sellable.ts';
import { Fault } from '../../core/system/fault.ts';
import { textAt } from '../../core/system/record.ts';
import type { StripeApi } from './api.ts';
import { readListedPrices } from './listed-prices.ts';

/** A lookup key can move to another price, and a price can be deactivated, at any time. */
const CACHE_MS = 5 * 60_000;

export interface PriceList {
  /**
   * Returns the id of the price that a client names by id or lookup key, or `undefined` if it is not for sale. Throws a
   * `Fault` that names the setting if the configuration offers it, but Stripe would refuse to sell it.
   */
  find(named: string): Promise<string | undefined>;
}

export interface PriceListServices {
  readonly stripe: () => Promise<StripeApi>;
  readonly nowMs: () => number;
}

/** What clients can name: a price to sell, or one that cannot be sold. */
type Offered = { readonly id: string } | { readonly unsellable: Unsellable };

/** Both the client and the configuration may use an id or a lookup key. A client's text never reaches Stripe. */
export function createPriceList(listed: readonly string[], services: PriceListServices): PriceList {
  let known: { readonly offered: ReadonlyMap<string, Offered>; readonly untilMs: number } | undefined;
  return {
    find: async (named) => {
      if (known === undefined || services.nowMs() >= known.untilMs) {
        const offered = await offeredIn(await services.stripe(), listed);
        known = { offered, untilMs: services.nowMs() + CACHE_MS };
      }
      const found = known.offered.get(named);
      if (found === undefined) return undefined;
      if ('id' in found) return found.id;
      throw notForSale(named, found.unsellable);
    },
  };
}

/** `named` is one of the names in the configuration, or another name of a price there. */
function notForSale(named: string, unsellable: Unsellable): Fault {
  return new Fault({
    code: 'refused',
    system: 'stripe',
    operation: 'find price',
    reason: `price_${unsellable}`,
    refusal: {
      kind: 'installation',
      setting: 'CHECKOUT_PRICES',
      fix: `The price ${named} ${unsellableTexts[unsellable]}. List another one, or correct it in Stripe.`,
    },
  });
}

async function offeredIn(
  stripe: StripeApi,
  listed: readonly string[],
): Promise<ReadonlyMap<string, Offered>> {
  const offered = new Map<string, Offered>(listed.map((name) => [name, { unsellable: 'missing' }]));
  for (const [name, price] of await readListedPrices(stripe, listed, { withProducts: false })) {
    const id = textAt(price, 'id');
    const unsellable = whyUnsellable(price);
    if (id !== null) offered.set(name, unsellable === undefined ? { id } : { unsellable });
  }
  return offered;
}
