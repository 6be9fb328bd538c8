/** The calls with which a deletion ends subscriptions and refunds them: idempotency keys that live a day, refunds that stay. */
import type { LeavingBilling, RefundAnswer, RefundOrder } from '../../core/refund/leaving.ts';
import type { PaidInvoice } from '../../core/refund/paid.ts';
import type { Subscription } from '../../core/subscription/subscription.ts';
import type { Network } from '../engine/invocation.ts';
import { isEnded } from './ended.ts';
import type { EndedPayment, MadeRefund } from './leaving-world.ts';
import { ownerOf, putSubscription, reversalOf, type StripeWorld, stampOf } from './stripe.ts';

/** A prime number, so that nearly every part of it has to be rounded. */
export const PERIOD_AMOUNT = 9_973;
const KEY_MS = 86_400_000;
const CURRENCY = 'usd';

export function leavingOf(world: StripeWorld, network: Network): LeavingBilling {
  const { ended, refunds } = world.leaving;
  return {
    listLeaving: (customerId, requestedAt) =>
      network.call('stripe', 'list leaving subscriptions', () => {
        const subscriptions = [...world.subscriptions.values()].filter(
          (one) =>
            one.customerId === customerId &&
            (!isEnded(one) || ended.get(one.id)?.requestedAt === requestedAt),
        );
        return {
          subscriptions: subscriptions.map((one) => {
            return { id: one.id, isLive: !isEnded(one), currency: CURRENCY, stamp: stampOf(world, one) };
          }),
          credit: null,
        };
      }),
    cancelLeaving: (id, requestedAt) =>
      network.call('stripe', 'cancel leaving subscription', () => {
        const subscription = world.subscriptions.get(id);
        if (subscription === undefined || isEnded(subscription))
          return ended.get(id)?.requestedAt === requestedAt ? 'canceled' : 'had_ended';
        const { customerId } = subscription;
        world.onEnding({ customerId, subscriptionId: id });
        const customer = world.customers.get(customerId);
        ended.set(id, {
          requestedAt,
          customerId,
          ownerSub: customer === undefined ? null : ownerOf(customer),
          namedSub: stampOf(world, subscription).sub,
          payment: paymentOf(world, subscription),
        });
        putSubscription(world, { ...subscription, status: 'canceled' }, 'customer.subscription.deleted');
        return 'canceled';
      }),
    readPaid: ({ id, currency }, requestedAt) =>
      network.call('stripe', 'read paid invoices', () => {
        const { payment = null } = ended.get(id) ?? {};
        if (payment === null || payment.end <= requestedAt) return { currency, invoices: [], unbilled: [] };
        const own = refunds.filter((one) => one.subscriptionId === id && one.requestedAt === requestedAt);
        const returned = isReturned(world, id, payment) ? payment.amount - sumOf(own) : 0;
        const invoice = invoiceOf(id, payment, { own, returned });
        return { currency, invoices: [invoice], unbilled: [] };
      }),
    refundPart: (order) => network.call('stripe', 'refund leaving', () => refund(world, order)),
  };
}

function invoiceOf(
  id: string,
  { amount, start, end, paidAt }: EndedPayment,
  { own, returned }: { readonly own: readonly MadeRefund[]; readonly returned: number },
): PaidInvoice {
  const ours = own.length === 0 ? null : ({ amount: sumOf(own), state: 'refunded' } as const);
  const source = { kind: 'charge', id: `ch_${id}` } as const;
  return {
    id: `in_${id}`,
    paidAt,
    total: amount,
    credited: 0,
    lines: [{ amount, start, end }],
    payments: [{ source, paid: amount, returned, disputed: false, ours }],
  };
}

/** Every period costs the same. A late or open one is not paid, and neither is a trial. */
function paymentOf(world: StripeWorld, subscription: Subscription): EndedPayment | null {
  const { id, status, collectionPaused, items } = subscription;
  const [item] = items;
  const first = world.payments.get(id);
  const { periodStart: start = null, periodEnd: end = null } = item ?? {};
  if (status !== 'active' || collectionPaused || start === null || end === null) return null;
  if (first?.paidMs === null) return null;
  const paidAt = Math.max(start, Math.floor((first?.paidMs ?? 0) / 1000));
  const returned = reversalOf(world, subscription) !== null;
  return { amount: PERIOD_AMOUNT, start, end, paidAt, returned };
}

/** The payment of an orphaned checkout may be refunded in full at any time. */
function isReturned(world: StripeWorld, id: string, { returned, start }: EndedPayment): boolean {
  const { refunded = false } = world.payments.get(id) ?? {};
  return returned || (refunded && isFirstPeriod(world, id, start));
}

function isFirstPeriod(world: StripeWorld, id: string, start: number): boolean {
  const paidMs = world.payments.get(id)?.paidMs ?? null;
  return paidMs !== null && start <= Math.floor(paidMs / 1000);
}

function refund(world: StripeWorld, order: RefundOrder): RefundAnswer {
  const { subscriptionId, requestedAt, amount, generation } = order;
  const { leaving, timeline } = world;
  const key = `${subscriptionId}/${requestedAt}/${generation}`;
  const stored = leaving.keys.get(key);
  if (stored !== undefined && stored.untilMs > timeline.nowMs)
    return stored.amount === amount ? { kind: 'answered', state: 'refunded' } : { kind: 'outdated' };
  const { payment = null, customerId = '' } = leaving.ended.get(subscriptionId) ?? {};
  if (payment === null || isReturned(world, subscriptionId, payment))
    return { kind: 'refused', reason: 'returned' };
  const made = sumOf(leaving.refunds.filter((one) => one.subscriptionId === subscriptionId));
  if (made === payment.amount) return { kind: 'refused', reason: 'returned' };
  if (made + amount > payment.amount) return { kind: 'outdated' };
  world.onEnding({ customerId, subscriptionId });
  leaving.refunds.push({ subscriptionId, requestedAt, amount, atMs: timeline.nowMs });
  leaving.keys.set(key, { amount, untilMs: timeline.nowMs + KEY_MS });
  const first = world.payments.get(subscriptionId);
  if (
    first !== undefined &&
    made + amount === payment.amount &&
    isFirstPeriod(world, subscriptionId, payment.start)
  )
    world.payments.set(subscriptionId, { ...first, refunded: true, isRefundedByPolicy: true });
  return { kind: 'answered', state: 'refunded' };
}

function sumOf(refunds: readonly { readonly amount: number }[]): number {
  return refunds.reduce((sum, { amount }) => sum + amount, 0);
}
