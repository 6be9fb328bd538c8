/** A monthly subscription at its start, as a purchase or the app creates it. */
import type { Subscription } from '../../core/subscription/subscription.ts';

export const MONTH_SECONDS = 30 * 86_400;
export const prices = ['price_a', 'price_b', 'price_c'] as const;

/** The lookup keys and the products by which an order of plans can name the prices. What is given away names `price_a` too. */
export const keysOfPrices: Readonly<Record<string, readonly string[]>> = {
  price_b: ['pro_monthly', 'prod_pro'],
  price_c: ['prod_team'],
};

export function newMonthly(
  terms: Pick<Subscription, 'id' | 'customerId' | 'status' | 'createdAt' | 'trialEnd'> & {
    readonly priceId: string;
  },
): Subscription {
  const { priceId, ...fields } = terms;
  const { id, createdAt, trialEnd } = fields;
  return {
    ...fields,
    items: [
      {
        id: `si_${id}`,
        priceId,
        metered: false,
        keys: keysOfPrices[priceId] ?? [],
        role: null,
        quantity: 1,
        createdAt,
        periodStart: createdAt,
        periodEnd: trialEnd ?? createdAt + MONTH_SECONDS,
      },
    ],
    periodStart: null,
    periodEnd: null,
    cancelAtPeriodEnd: false,
    cancelAt: null,
    endedAt: null,
    collectionPaused: false,
  };
}
