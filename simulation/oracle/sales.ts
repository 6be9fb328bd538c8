/** Computes what one-time purchases are expected to give. Written only from docs/one-time-purchases.md, and without the product's code. */
import type { Purchase, Reversal } from './answer.ts';
import { noSubscription } from './state.ts';

export interface OneTimeSale {
  readonly id: string;
  readonly price: string;
  readonly product: string;
  readonly quantity: number;
  /** Null: for ever. */
  readonly days: number | null;
  readonly features: readonly string[];
  /** Unix seconds. */
  readonly paidAt: number;
  readonly reversal: Reversal | null;
}

const DAY_SECONDS = 86_400;

/** A pass begins with its payment, or with the end of the passes of its product that were paid before and not returned. */
export function expectedOfSales(sales: readonly OneTimeSale[]): readonly Purchase[] {
  const inTurn = [...sales].sort((a, b) => a.paidAt - b.paidAt || (a.id < b.id ? -1 : 1));
  return inTurn.map((sale, index) => {
    const earlier = inTurn.slice(0, index).filter(({ product }) => product === sale.product);
    const end = sale.days === null ? null : endOf(earlier, sale);
    return {
      state: {
        ...noSubscription,
        status: 'active',
        plan: sale.price,
        quantity: sale.quantity,
        currentPeriodEnd: end,
        cancelAtPeriodEnd: end !== null,
        cancelAt: end,
      },
      reversal: sale.reversal,
      origin: { id: sale.id, source: 'stripe', manageUrl: null, features: sale.features },
    };
  });
}

function endOf(earlier: readonly OneTimeSale[], sale: OneTimeSale): number {
  const returned: readonly (Reversal | null)[] = ['refunded', 'dispute_lost'];
  let until = 0;
  for (const { paidAt, days, reversal } of earlier) {
    if (days !== null && !returned.includes(reversal)) until = Math.max(until, paidAt) + days * DAY_SECONDS;
  }
  return Math.max(until, sale.paidAt) + (sale.days ?? 0) * DAY_SECONDS;
}
