/** The part of Stripe in memory that knows about changes of subscriptions, and what a schedule does with a new period. */
import type { BilledItem, ChangeSchedule, WriteResult } from '../../core/change/changeable.ts';
import type { Subscription } from '../../core/subscription/subscription.ts';
import { keysOfPrices } from '../actions/new-subscription.ts';
import { isEnded } from './ended.ts';

/** What one request has changed, or with `by` null anyone else. */
export interface LoggedChange {
  readonly subscriptionId: string;
  readonly by: number | null;
  /** The price that was billed at once, or is once its invoice is paid. */
  readonly billed: string | null;
}

interface Held {
  readonly items: readonly BilledItem[];
  readonly invoiceId: string;
  readonly expiresMs: number;
}

export interface ChangeWorld {
  /** By subscription what its schedule does. */
  readonly plans: Map<string, ChangeSchedule>;
  /** By subscription the change that waits for its payment. */
  readonly held: Map<string, Held>;
  readonly changeKeys: Map<
    string,
    { readonly request: string; readonly result: WriteResult; readonly untilMs: number }
  >;
  readonly changeLog: LoggedChange[];
  readonly invoices: Map<string, number>;
  /** Which request acts at this moment. */
  readonly actor: { by: number | null; requests: number };
}

export function createChangeWorld(): ChangeWorld {
  return {
    plans: new Map(),
    held: new Map(),
    changeKeys: new Map(),
    changeLog: [],
    invoices: new Map(),
    actor: { by: null, requests: 0 },
  };
}

/** The plan of a schedule applies with the next period. Nothing of it is left of a subscription that has ended. */
export function followPlan(
  world: ChangeWorld & { readonly subscriptions: ReadonlyMap<string, Subscription> },
  after: Subscription,
): Subscription {
  const before = world.subscriptions.get(after.id);
  const hasEnded = isEnded(after);
  const isNext =
    (after.items[0]?.periodStart ?? 0) > (before?.items[0]?.periodStart ?? Number.POSITIVE_INFINITY);
  const next = world.plans.get(after.id)?.next ?? null;
  if (hasEnded || isNext) {
    world.plans.delete(after.id);
    world.held.delete(after.id);
  }
  world.changeLog.push({ subscriptionId: after.id, by: world.actor.by, billed: null });
  return isNext && next !== null && !hasEnded ? withItems(after, next.items) : after;
}

export function withItems(subscription: Subscription, [billed]: readonly BilledItem[]): Subscription {
  if (billed === undefined) return subscription;
  const { priceId, quantity } = billed;
  const keys = keysOfPrices[priceId] ?? [];
  return { ...subscription, items: subscription.items.map((item) => ({ ...item, priceId, keys, quantity })) };
}
