/** Resolves the configured price ids and lookup keys to the prices that users may buy. */
import type { Stripe } from 'stripe';
import { type Unsellable, unsellableTexts, whyUnsellable } from '../../core/checkout/sellable.ts';
import { Fault } from '../../core/system/fault.ts';
import { textAt, type UnknownRecord } from '../../core/system/record.ts';
import { callStripe, orMissing } from './call.ts';
import { listIn, objectIn } from './json.ts';

/** The most lookup keys that one call accepts, and the number of prices read at the same time. */
const PRICES_PER_CALL = 10;
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
  readonly stripe: () => Promise<Stripe>;
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

/** Returns the listed prices by their ids and lookup keys, and the listed names that Stripe does not know. */
async function offeredIn(stripe: Stripe, listed: readonly string[]): Promise<ReadonlyMap<string, Offered>> {
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
  const offered = new Map<string, Offered>(listed.map((name) => [name, { unsellable: 'missing' }]));
  // What can be sold comes last, and wins a name that several prices have.
  const inOrder = [...found].sort((a, b) => Number(isSellable(a)) - Number(isSellable(b)));
  for (const price of inOrder) {
    const id = textAt(price, 'id');
    const unsellable = whyUnsellable(price);
    if (id === null) continue;
    const one: Offered = unsellable === undefined ? { id } : { unsellable };
    for (const name of [id, textAt(price, 'lookup_key')]) if (name !== null) offered.set(name, one);
  }
  return offered;
}

function isSellable(price: UnknownRecord): boolean {
  return whyUnsellable(price) === undefined;
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
