/** The prices that may be bought: price ids and lookup keys, as they are configured. */
import type { Stripe } from 'stripe';
import { isRecord, recordsIn, textAt, type UnknownRecord } from '../../core/system/record.ts';
import { callStripe, orMissing } from './call.ts';

/** As many lookup keys as one call takes; and as many prices as are asked for at once. */
const PRICES_PER_CALL = 10;
/** A lookup key may be moved to another price at any time, and a price be sold no more. */
const CACHE_MS = 5 * 60_000;

export interface PriceList {
  /** The id of the price that a client names by id or lookup key; `undefined` if it may not be bought. */
  find(named: string): Promise<string | undefined>;
}

export interface PriceListServices {
  readonly stripe: () => Promise<Stripe>;
  readonly nowMs: () => number;
}

/** Either side may name a price by its id or by its key. What a client names is never passed on: only what is listed. */
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

/** By id and by key, the ids of what is listed and on sale. */
async function idsOf(stripe: Stripe, listed: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const found: UnknownRecord[] = [];
  const keys = listed.filter((one) => !looksLikeId(one));
  for (const some of batched(listed.filter(looksLikeId))) {
    const prices = await Promise.all(some.map((id) => priceAt(stripe, id)));
    found.push(...prices.filter((price) => price !== undefined));
    // A key may look like an id.
    keys.push(...some.filter((_, index) => prices[index] === undefined));
  }
  for (const lookup_keys of batched(keys)) {
    const list = stripe.prices.list({ lookup_keys: [...lookup_keys], active: true, limit: 100 });
    found.push(...recordsIn((await callStripe('list prices', list)).data));
  }
  const ids = new Map<string, string>();
  for (const price of found.filter((one) => one['active'] === true)) {
    const id = textAt(price, 'id');
    for (const name of [id, textAt(price, 'lookup_key')]) if (id !== null && name !== null) ids.set(name, id);
  }
  return ids;
}

/** Plans of older days are prices too, under the ids that they had. */
function looksLikeId(name: string): boolean {
  return /^(price|plan)_/.test(name);
}

async function priceAt(stripe: Stripe, id: string): Promise<UnknownRecord | undefined> {
  const answer: unknown = await orMissing('retrieve price', stripe.prices.retrieve(id));
  return isRecord(answer) ? answer : undefined;
}

function batched(names: readonly string[]): readonly (readonly string[])[] {
  const calls = Math.ceil(names.length / PRICES_PER_CALL);
  return Array.from({ length: calls }, (_, call) =>
    names.slice(call * PRICES_PER_CALL, (call + 1) * PRICES_PER_CALL),
  );
}
