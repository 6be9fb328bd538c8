/** Compares the order of plans with the prices that are sold: each must be named, and have one place. Pure. */
import type { Stripe } from 'stripe';
import type { PlanOrder } from '../../core/entitlement/plan-order.ts';

export type SoldPrice = Pick<Stripe.Price, 'id' | 'lookup_key' | 'product'>;

/** Returns one line per price that the order does not name, or names in two places. None without an order. */
export function planOrderFaults(order: PlanOrder, prices: readonly SoldPrice[]): readonly string[] {
  if (order.size === 0) return [];
  return prices.flatMap((price) => {
    const shown = price.lookup_key ?? price.id;
    const names = namesOf(price).filter((name) => order.has(name));
    if (names.length === 0) {
      return [`the order of plans does not name the price ${shown}, so it is lower than every plan in it`];
    }
    const places = new Set(names.map((name) => order.get(name)));
    const by = names.map((name) => `by ${name}`).join(' and ');
    return places.size > 1 ? [`the order of plans names the price ${shown} twice: ${by}`] : [];
  });
}

function namesOf({ id, lookup_key, product }: SoldPrice): readonly string[] {
  const names = [id, lookup_key, typeof product === 'string' ? product : product.id];
  return names.filter((name) => name !== null);
}
