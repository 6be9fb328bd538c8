/** Reads prices that are no longer for sale, for the users who still have them. What a price costs never changes. */
import type { ReadPrice } from '../../core/prices/own-prices.ts';
import type { StripeApi } from './api.ts';
import { orMissing } from './call.ts';
import { entryIn } from './catalogue.ts';
import { objectIn } from './json.ts';
import { amountsOf } from './price-amounts.ts';

/** Its lookup key, and its currencies, can change. */
const KEPT_MS = 3_600_000;
/** An app has sold fewer, and what anyone has is in no one's choice. */
const MOST_KEPT = 200;

type Read = Awaited<ReturnType<ReadPrice>>;

export function keepPrices({
  stripe,
  nowMs,
}: {
  readonly stripe: () => Promise<StripeApi>;
  readonly nowMs: () => number;
}): ReadPrice {
  const kept = new Map<string, { readonly price: Read; readonly untilMs: number }>();
  return async (id, allowed) => {
    const known = kept.get(id);
    if (known !== undefined && nowMs() < known.untilMs) return known.price;
    await allowed();
    const price = await readPrice(await stripe(), id);
    if (kept.size >= MOST_KEPT) kept.clear();
    kept.set(id, { price, untilMs: nowMs() + KEPT_MS });
    return price;
  };
}

async function readPrice(stripe: StripeApi, id: string): Promise<Read> {
  const params = { expand: ['currency_options'] };
  const answer: unknown = await orMissing('retrieve price', stripe.prices.retrieve(id, params));
  if (answer === 'missing') return undefined;
  const price = objectIn('retrieve price', answer, 'price');
  const entry = entryIn(price);
  if (entry === null) return undefined;
  return { entry, currencies: amountsOf(price).currency_options.map(({ currency }) => currency) };
}
