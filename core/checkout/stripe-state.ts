/** Reads what a checkout must know of the user's customers in Stripe. */
import type { ComingReader, SubscriptionReader } from '../billing/billing.ts';
import type { OneTimePurchase } from '../purchase/purchase.ts';
import { readPurchases } from '../purchase/read-purchases.ts';
import type { Log } from '../system/log.ts';
import type { StripeState } from './decide.ts';
import type { CheckoutSessions } from './sessions.ts';

export interface StripeStateServices {
  readonly billing: Pick<SubscriptionReader, 'listSubscriptions' | 'listPurchases' | 'readPurchase'> &
    ComingReader;
  readonly sessions: Pick<CheckoutSessions, 'list'>;
  readonly log: Log;
}

export interface StripeReading extends StripeState {
  /** What was bought once. Read only if there can be some. */
  readonly purchases: readonly OneTimePurchase[];
  /** Whether the API key may not read schedules, so that `coming` is incomplete. */
  readonly lacksComing: boolean;
}

export interface StateQuery {
  readonly sub: string;
  readonly customerIds: readonly string[];
  /** Whether the user may have bought something once, or is about to. The sessions show it too. */
  readonly mayHaveBought: boolean;
}

export async function readStripeState(
  { billing, sessions }: StripeStateServices,
  { sub, customerIds, mayHaveBought }: StateQuery,
): Promise<StripeReading> {
  // The order matters: a session that is completed, or a schedule that starts, has its subscription in the second read.
  const [opened, coming] = await Promise.all([
    Promise.all(customerIds.map((id) => sessions.list(id))),
    Promise.all(customerIds.map((id) => billing.listComing(id))),
  ]);
  const listed = opened.flatMap((list) => (list === 'missing' ? [] : list));
  const hasBought =
    mayHaveBought || listed.some(({ mode, status }) => mode === 'payment' && status === 'complete');
  const [lists, purchases] = await Promise.all([
    Promise.all(customerIds.map((id) => billing.listSubscriptions(id))),
    hasBought ? readPurchases({ billing }, { sub, customerIds, known: [] }) : [],
  ]);
  return {
    purchases,
    subscriptions: lists.flatMap((list) => (list === 'missing' ? [] : list.subscriptions)),
    sessions: listed,
    coming: coming.flatMap((list) => (list === 'unavailable' ? [] : list)),
    lacksComing: coming.includes('unavailable'),
  };
}

/** A key without the permission must not close the shop: few installations use schedules. */
export function reportLackOfComing({ log }: Pick<StripeStateServices, 'log'>, sub: string): void {
  log.warn('The Stripe key has no permission to read subscription schedules; the checkout ignores them.', {
    metric: 'schedules_unavailable',
    user_id: sub,
  });
}
