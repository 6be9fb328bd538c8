/** Resolves the configured price ids and lookup keys to the prices that users may buy. */
import type { Stripe } from 'stripe';
import { textAt, type UnknownRecord } from '../../core/system/record.ts';
import { callStripe, orMissing } from './call.ts';
import { listIn, objectIn } from './json.ts';

/** The most lookup keys that one call accepts, and the number of prices read at the same time. */
const PRICES_PER_CALL = 10;
/** A lookup key can move to another price, and a price can be deactivated, at any time. */
const CACHE_MS = 5 * 60_000;

export interface PriceList {
  /** Returns the id of the price that a client names by id or lookup key, or `undefined` if it is not for sale. */
  find(named: string): Promise<string | undefined>;
}

export interface PriceListServices {
  readonly stripe: () => Promise<Stripe>;
  readonly nowMs: () => number;
}

/** Both the client and the configuration may use an id or a lookup key. A client's text never reaches Stripe. */
export function createPriceList(listed: readonly string[], services: PriceListServices): PriceList {
  let known: { readonly ids: ReadonlyMap<string, string>; readonly untilMs: number } | undefined;
  return {
    find: async (named) => {
      if (known === undefined || services.nowMs() >= known.untilMs) {
        const ids = await idsOf(await services.stripe(), listed);
        known = { ids, untilMs: services.nowMs() + CACHE_MS };
      }
      return known.ids.get(named);
    },
  };
}

/** Returns the ids of the listed active prices, by their ids and lookup keys. */
async function idsOf(stripe: Stripe, listed: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const found: UnknownRecord[] = [];
  const keys = listed.filter((name) => !looksLikeId(name));
  for (const some of batched(listed.filter(looksLikeId))) {
    const prices = await Promise.all(some.map((id) => priceAt(stripe, id)));
    found.push(...prices.filter((price) => price !== undefined));
    // A lookup key may look like an id.
    keys.push(...some.filter((_, index) => prices[index] === undefined));
  }
  for (const lookup_keys of batched(keys)) {
    const list = stripe.prices.list({ lookup_keys: [...lookup_keys], active: true, limit: 100 });
    found.push(...listIn('list prices', await callStripe('list prices', list)).entries);
  }
  const ids = new Map<string, string>();
  for (const price of found.filter((candidate) => candidate['active'] === true)) {
    const id = textAt(price, 'id');
    for (const name of [id, textAt(price, 'lookup_key')]) if (id !== null && name !== null) ids.set(name, id);
  }
  return ids;
}

/** Returns true for price ids and for ids of legacy plans, which Stripe also serves as prices. */
function looksLikeId(name: string): boolean {
  return /^(price|plan)_/.test(name);
}

async function priceAt(stripe: Stripe, id: string): Promise<UnknownRecord | undefined> {
  const answer: unknown = await orMissing('retrieve price', stripe.prices.retrieve(id));
  return answer === 'missing' ? undefined : objectIn('retrieve price', answer, 'price');
}

function batched(names: readonly string[]): readonly (readonly string[])[] {
  const calls = Math.ceil(names.length / PRICES_PER_CALL);
  return Array.from({ length: calls }, (_, call) =>
    names.slice(call * PRICES_PER_CALL, (call + 1) * PRICES_PER_CALL),
  );
}
