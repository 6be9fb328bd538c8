/**
 * Says whether a change of what is sold goes up or down. The order of plans decides where both plans have a place in it,
 * because only the installation knows which plan is the better one; then the amount per month in one currency. Pure.
 */
import { type PlanOrder, placeOf } from '../entitlement/plan-order.ts';

/** `same`: nothing is different. `switch`: nothing says which of the two is the higher one. */
export type Direction = 'upgrade' | 'downgrade' | 'same' | 'switch';

/** What a direction needs to know of a price. */
export interface RatedPrice {
  readonly priceId: string;
  /** Its other names: its lookup key and its product. */
  readonly keys: readonly string[];
  readonly currency: string;
  /** For one of it, in the currency's smallest unit. Null: it has no single amount, such as tiers or usage. */
  readonly amount: number | null;
  readonly interval: BillingInterval;
  readonly intervalCount: number;
}

export type BillingInterval = 'day' | 'week' | 'month' | 'year';

export interface RatedItem extends RatedPrice {
  /** Null: usage is billed. */
  readonly quantity: number | null;
}

/** What a subscription bills: the plan, and the other items. */
export interface RatedOrder {
  readonly plan: RatedItem;
  readonly addOns: readonly RatedItem[];
}

/**
 * Returns the direction from one plan to another. Where both have the same place, or are the same product, a longer interval
 * is the higher one: it is paid for at once, although it costs less per month.
 */
export function directionOfPlans(from: RatedPrice, to: RatedPrice, order: PlanOrder): Direction {
  if (from.priceId === to.priceId) return 'same';
  const [before, after] = [placeOf(order, from.priceId, from.keys), placeOf(order, to.priceId, to.keys)];
  const areListed = before < order.size && after < order.size;
  if (areListed && before !== after) return after < before ? 'upgrade' : 'downgrade';
  const isSamePlan = areListed || productsOf(from).some((product) => productsOf(to).includes(product));
  if (isSamePlan) {
    const longer = compare(daysOf(from), daysOf(to));
    if (longer !== 'same') return longer;
  }
  return directionOfAmounts(monthlyOf([{ ...from, quantity: 1 }]), monthlyOf([{ ...to, quantity: 1 }]));
}

/** Returns the direction of a whole change: that of the plan, or with the same plan that of the quantity and the add-ons. */
export function directionOf(from: RatedOrder, to: RatedOrder, order: PlanOrder): Direction {
  const ofPlan = directionOfPlans(from.plan, to.plan, order);
  if (ofPlan !== 'same') return ofPlan;
  const before = quantitiesOf(from);
  const after = quantitiesOf(to);
  const differences = [...new Set([...before.keys(), ...after.keys()])].map((id) =>
    compare(before.get(id) ?? 0, after.get(id) ?? 0),
  );
  const isUp = differences.includes('upgrade');
  const isDown = differences.includes('downgrade');
  if (isUp && isDown) {
    const amounts = [from, to].map(({ plan, addOns }) => monthlyOf([plan, ...addOns]));
    return directionOfAmounts(amounts[0] ?? null, amounts[1] ?? null);
  }
  if (isUp) return 'upgrade';
  return isDown ? 'downgrade' : 'same';
}

function quantitiesOf({ plan, addOns }: RatedOrder): ReadonlyMap<string, number> {
  return new Map([plan, ...addOns].map(({ priceId, quantity }) => [priceId, quantity ?? 1]));
}

interface Monthly {
  readonly currency: string;
  readonly amount: number;
}

/** Returns null if the amounts are not known, or in several currencies. */
function monthlyOf(items: readonly RatedItem[]): Monthly | null {
  let sum = 0;
  for (const { amount, quantity, ...price } of items) {
    if (amount === null || price.currency !== items[0]?.currency) return null;
    sum += (amount * (quantity ?? 1) * DAYS_OF_MONTH) / daysOf(price);
  }
  const currency = items[0]?.currency;
  return currency === undefined ? null : { currency, amount: sum };
}

/** Two plans of one amount are not the same plan. */
function directionOfAmounts(from: Monthly | null, to: Monthly | null): Direction {
  if (from === null || to === null || from.currency !== to.currency) return 'switch';
  // Fractions of the smallest unit come from converting intervals, and are no difference.
  const compared = compare(Math.round(from.amount), Math.round(to.amount));
  return compared === 'same' ? 'switch' : compared;
}

function compare(from: number, to: number): 'upgrade' | 'downgrade' | 'same' {
  if (from === to) return 'same';
  return to > from ? 'upgrade' : 'downgrade';
}

const DAYS_OF_MONTH = 365 / 12;
const daysOfInterval: Readonly<Record<BillingInterval, number>> = {
  day: 1,
  week: 7,
  month: DAYS_OF_MONTH,
  year: 365,
};

function daysOf({ interval, intervalCount }: Pick<RatedPrice, 'interval' | 'intervalCount'>): number {
  return daysOfInterval[interval] * intervalCount;
}

function productsOf({ keys }: RatedPrice): readonly string[] {
  return keys.filter((key) => key.startsWith('prod_'));
}
