/** Selects the subscriptions that count and the item that is the plan. */
import { noPlanOrder, type PlanOrder, placeOf } from '../entitlement/plan-order.ts';
import { meaningOf } from './status.ts';
import type { Subscription, SubscriptionItem } from './subscription.ts';

/**
 * Returns the subscriptions that count, the best status first, and among equals the newest, then the greater id: those that
 * continue, or, if none does, the one that is left.
 */
export function selectSubscriptions(subscriptions: readonly Subscription[]): readonly Subscription[] {
  const sorted = subscriptions.filter(isOfThisProduct).sort((a, b) => {
    return (
      meaningOf(a.status).rank - meaningOf(b.status).rank ||
      b.createdAt - a.createdAt ||
      compareIds(b.id, a.id)
    );
  });
  const alive = sorted.filter(({ status }) => meaningOf(status).alive);
  return alive.length === 0 ? sorted.slice(0, 1) : alive.slice(0, MAX_SUBSCRIPTIONS);
}

/** A subscription counts unless the metadata of all its prices say that they are another product's. */
export function isOfThisProduct({
  items,
}: {
  readonly items: readonly Pick<SubscriptionItem, 'role'>[];
}): boolean {
  return items.length === 0 || items.some(({ role }) => role !== 'other_product');
}

/** Returns the subscription with the best status. Ties go to the newest, then to the greater id. */
export function selectSubscription(subscriptions: readonly Subscription[]): Subscription | undefined {
  return selectSubscriptions(subscriptions)[0];
}

/** A row keeps each of them. More than two are a mistake that reconcile reports. */
export const MAX_SUBSCRIPTIONS = 10;

/**
 * Returns the item of the base plan: one whose price says that it is a plan, then one whose price says nothing; licensed before
 * metered, since a price for usage shares its product with the plan; the highest in the order of plans; the oldest; the first
 * in Stripe's list. An amount never decides, because an add-on can cost more than the plan, and a tiered price has none. An item
 * that its price calls an add-on is never the plan.
 */
export function selectPlanItem(
  items: readonly SubscriptionItem[],
  order: PlanOrder = noPlanOrder,
): SubscriptionItem | undefined {
  const candidates = items.filter(({ role }) => role === null || role === 'plan');
  const sorted = candidates.sort((a, b) => {
    return (
      Number(a.role === null) - Number(b.role === null) ||
      Number(a.metered) - Number(b.metered) ||
      placeOf(order, a.priceId, a.keys) - placeOf(order, b.priceId, b.keys) ||
      a.createdAt - b.createdAt
    );
  });
  return sorted[0];
}

/** Returns the item whose period counts: the plan, or of add-ons alone the one that is paid for longest. */
export function selectTimedItem(
  items: readonly SubscriptionItem[],
  order: PlanOrder = noPlanOrder,
): SubscriptionItem | undefined {
  const plan = selectPlanItem(items, order);
  if (plan !== undefined) return plan;
  const addOns = items.filter(({ role }) => role !== 'other_product');
  return addOns.sort((a, b) => (b.periodEnd ?? 0) - (a.periodEnd ?? 0))[0] ?? items[0];
}

function compareIds(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
