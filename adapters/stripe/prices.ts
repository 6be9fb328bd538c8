/** The prices that may be bought: price ids and lookup keys, as they are configured. */
import type { Stripe } from 'stripe';
import { calling } from './call.ts';
import { objectsOf, textAt } from './json.ts';

/** As many lookup keys as one call takes. */
const KEYS_A_CALL = 10;
/** A lookup key may be moved to another price at any time. */
const KEPT_MS = 5 * 60_000;

export interface PriceList {
  /** The id of the price that a client names by id or lookup key; `undefined` if it may not be bought. */
  find(named: string): Promise<string | undefined>;
}

export interface PriceListServices {
  readonly stripe: () => Promise<Stripe>;
  readonly nowMs: () => number;
}

/** Lookup keys are asked for when a client first names one, or an id that is not listed as such. */
export function createPriceList(listed: readonly string[], services: PriceListServices): PriceList {
  let known: { readonly ids: ReadonlyMap<string, string>; readonly untilMs: number } | undefined;
  return {
    find: async (named) => {
      if (listed.includes(named) && named.startsWith('price_')) return named;
      if (known === undefined || services.nowMs() >= known.untilMs) {
        const keys = listed.filter((one) => !one.startsWith('price_'));
        const ids = await idsOf(await services.stripe(), keys);
        known = { ids, untilMs: services.nowMs() + KEPT_MS };
      }
      return known.ids.get(named) ?? [...known.ids.values()].find((id) => id === named);
    },
  };
}

async function idsOf(stripe: Stripe, keys: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const ids = new Map<string, string>();
  for (let from = 0; from < keys.length; from += KEYS_A_CALL) {
    const lookup_keys = keys.slice(from, from + KEYS_A_CALL);
    const { data } = await calling(
      'list prices',
      stripe.prices.list({ lookup_keys, active: true, limit: 100 }),
    );
    for (const price of objectsOf(data)) {
      const key = textAt(price, 'lookup_key');
      const id = textAt(price, 'id');
      if (key !== null && id !== null) ids.set(key, id);
    }
  }
  return ids;
}
