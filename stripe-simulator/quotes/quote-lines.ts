/** The lines of a quote. */
import { createPrice, resolvePrice } from '../catalog/prices.ts';
import type { QuoteLine } from '../model/quote.ts';
import type { Params } from '../protocol/params.ts';
import { invalidRequest } from '../protocol/stripe-error.ts';
import { quantityIn } from '../subscriptions/subscription-items.ts';
import { taxRatesOf } from '../taxes/tax-rates.ts';
import type { World } from '../world/world.ts';

/** Reads `line_items`. All have one currency. */
export function quoteLines(world: World, params: Params): readonly QuoteLine[] | undefined {
  const lines = params.objects('line_items')?.map((entry) => quoteLine(world, entry));
  if (lines === undefined || new Set(lines.map(({ price }) => price.currency)).size <= 1) return lines;
  throw invalidRequest({
    message: 'All line items of a quote must have the same currency.',
    param: 'line_items',
  });
}

function quoteLine(world: World, entry: Params): QuoteLine {
  const data = entry.object('price_data');
  const price =
    data === undefined
      ? resolvePrice(world, entry.required('price'), entry.nameOf('price'))
      : createPrice(world, data);
  const product = world.store.products.get(price.product)?.name ?? price.product;
  return {
    id: world.ids.next('li_'),
    price,
    quantity: quantityIn(entry, price) ?? (price.recurring?.usage_type === 'metered' ? 0 : 1),
    description: product,
    taxRates: taxRatesOf(world, entry, 'tax_rates') ?? [],
  };
}
