/** Chooses, of several subscriptions and items, the one that decides. Never by position: lists have no promised order. */
import { meaningOf } from './status.ts';
import type { Subscription, SubscriptionItem } from './subscription.ts';

/** The best by rank of status; of equals the newest; of twins the one with the greater id. */
export function selectSubscription(subscriptions: readonly Subscription[]): Subscription | undefined {
  return first(subscriptions, (a, b) => {
    return (
      meaningOf(a.status).rank - meaningOf(b.status).rank ||
      b.createdAt - a.createdAt ||
      compareIds(b.id, a.id)
    );
  });
}

/** The base plan among items: licensed before metered, then the dearest, the oldest, the smallest price id. */
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
