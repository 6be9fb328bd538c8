/** Selects the subscription and the item that decide. Position never counts, since Stripe guarantees no order in lists. */
import { meaningOf } from './status.ts';
import type { Subscription, SubscriptionItem } from './subscription.ts';

/** Returns the subscription with the best status. Ties go to the newest, then to the greater id. */
export function selectSubscription(subscriptions: readonly Subscription[]): Subscription | undefined {
  return first(subscriptions, (a, b) => {
    return (
      meaningOf(a.status).rank - meaningOf(b.status).rank ||
      b.createdAt - a.createdAt ||
      compareIds(b.id, a.id)
    );
  });
}

/** Returns the item of the base plan: licensed before metered, then the highest price, the oldest, the smallest price id. */
export function selectPlanItem(items: readonly SubscriptionItem[]): SubscriptionItem | undefined {
  return first(items, (a, b) => {
    return (
      Number(a.metered) - Number(b.metered) ||
      (b.unitAmount ?? 0) - (a.unitAmount ?? 0) ||
      a.createdAt - b.createdAt ||
      compareIds(a.priceId, b.priceId)
    );
  });
}

function first<T>(candidates: readonly T[], compare: (a: T, b: T) => number): T | undefined {
  return [...candidates].sort(compare)[0];
}

function compareIds(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
