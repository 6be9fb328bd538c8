/** Reads the prices that the configuration lists by id or lookup key. */
import type { Stripe } from 'stripe';
import { whyUnsellable } from '../../core/catalogue/sellable.ts';
import { textAt, type UnknownRecord } from '../../core/system/record.ts';
import type { StripeApi } from './api.ts';
import { callStripe, orMissing } from './call.ts';
import { listIn, objectIn } from './json.ts';

/** The most lookup keys that one call accepts, and the number of prices read at the same time. */
const PRICES_PER_CALL = 10;

/**
 * Returns the listed prices as Stripe shows them, by their ids and lookup keys. A name that Stripe does not know is not among
 * them. A price that can be sold wins a name that several have. `expand`: what Stripe shows of them only if it is named;
 * for `product`, the key must be permitted to read products.
 */
export async function readListedPrices(
  stripe: StripeApi,
  listed: readonly string[],
  { expand }: { readonly expand: readonly string[] },
): Promise<ReadonlyMap<string, UnknownRecord>> {
  const found: UnknownRecord[] = [];
  const keys = listed.filter((name) => !looksLikeId(name));
  for (const some of batched(listed.filter(looksLikeId))) {
    const prices = await Promise.all(
      some.map((id) => priceAt(stripe, id, expand.length === 0 ? {} : { expand: [...expand] })),
    );
    found.push(...prices.filter((price) => price !== undefined));
    // A lookup key may look like an id.
    keys.push(...some.filter((_, index) => prices[index] === undefined));
  }
  for (const lookup_keys of batched(keys)) {
    const list = stripe.prices.list({
      lookup_keys: [...lookup_keys],
      active: true,
      limit: 100,
      ...(expand.length === 0 ? {} : { expand: expand.map((name) => `data.${name}`) }),
    });
    found.push(...listIn('list prices', await callStripe('list prices', list)).entries);
  }
  const byName = new Map<string, UnknownRecord>();
  const inOrder = [...found].sort((a, b) => Number(isSellable(a)) - Number(isSellable(b)));
  for (const price of inOrder) {
    for (const name of [textAt(price, 'id'), textAt(price, 'lookup_key')]) {
      if (name !== null) byName.set(name, price);
    }
  }
  return byName;
}

function isSellable(price: UnknownRecord): boolean {
  return whyUnsellable(price) === undefined;
}

/** Returns true for price ids and for ids of legacy plans, which Stripe also serves as prices. */
function looksLikeId(name: string): boolean {
  return /^(price|plan)_/.test(name);
}

async function priceAt(
  stripe: StripeApi,
  id: string,
  params: Stripe.PriceRetrieveParams,
): Promise<UnknownRecord | undefined> {
  const answer: unknown = await orMissing('retrieve price', stripe.prices.retrieve(id, params));
  return answer === 'missing' ? undefined : objectIn('retrieve price', answer, 'price');
}

function batched(names: readonly string[]): readonly (readonly string[])[] {
  const calls = Math.ceil(names.length / PRICES_PER_CALL);
  return Array.from({ length: calls }, (_, call) =>
    names.slice(call * PRICES_PER_CALL, (call + 1) * PRICES_PER_CALL),
  );
}
