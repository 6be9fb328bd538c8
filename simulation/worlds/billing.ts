/** The calls to Stripe on its world: subscriptions while the rate of calls is limited, endings that are refused, refunds. */
import type {
  ChargeReader,
  ComingReader,
  ComingSubscription,
  CustomerRemover,
  CustomerWriter,
  IncompleteCanceler,
  NoticeReader,
  OrphanBilling,
  PurchasedSubscription,
  SoldSubscription,
  SubscriptionCanceler,
  SubscriptionEnder,
  SubscriptionReader,
} from '../../core/billing/billing.ts';
import type { BillingReader } from '../../core/checkout/sale-terms.ts';
import type { SoldCustomers } from '../../core/purchase/sale-record.ts';
import type { LeavingBilling } from '../../core/refund/leaving.ts';
import { Fault } from '../../core/system/fault.ts';
import type { Network } from '../engine/invocation.ts';
import { expireOpenSessions } from './checkout.ts';
import { customersOf } from './customers.ts';
import { isEnded } from './ended.ts';
import { featuresOf } from './features.ts';
import { leavingOf } from './leaving.ts';
import { saleCallsOf } from './sales.ts';
import {
  deleteCustomer,
  putSubscription,
  reversalOf,
  type StripeWorld,
  stampOf,
  stampOfCustomer,
} from './stripe.ts';

export type Billing = SubscriptionReader &
  ComingReader &
  CustomerWriter &
  CustomerRemover &
  SubscriptionCanceler &
  SubscriptionEnder &
  SoldCustomers &
  IncompleteCanceler &
  OrphanBilling &
  ChargeReader &
  BillingReader &
  LeavingBilling;

export function billingOf(world: StripeWorld, network: Network): Billing {
  return {
    listSubscriptions: async (customerId) => {
      await rateLimit(world, customerId);
      return network.timed('stripe', 'list subscriptions', () => {
        const customer = world.customers.get(customerId);
        const readAt = Math.floor(world.timeline.nowMs / 1000);
        const isExact = world.random.chance(0.5);
        const subscriptions = [...world.subscriptions.values()].filter(
          (subscription) => subscription.customerId === customerId,
        );
        return ({ startedMs, answeredMs }) => {
          if (customer === undefined) return 'missing';
          const shown = subscriptions.length > 0 && customer.deletedMs === null;
          const owner = shown ? stampOfCustomer(customer) : null;
          // The port promises a time at or before the read, no more.
          const tookSeconds = Math.floor((answeredMs - startedMs) / 1000);
          return {
            subscriptions,
            asOf: isExact ? readAt : Math.floor(answeredMs / 1000) - tookSeconds,
            owner,
          };
        };
      });
    },
    listComing: (id) => network.call('stripe', 'list schedules', () => comingOf(world, id)),
    listFeatures: (id) => network.call('stripe', 'list features', () => featuresOf(world, id)),
    ...noticesOf(world, network),
    readReversal: (subscriptionId) =>
      network.call('stripe', 'read reversal', () => {
        const subscription = world.subscriptions.get(subscriptionId);
        return subscription === undefined ? null : reversalOf(world, subscription);
      }),
    ...saleCallsOf(world, network),
    ...customersOf(world, network),
    ...endingOf(world, network),
    ...enderOf(world, network),
    ...leavingOf(world, network),
    customerOfCharge: (chargeId) =>
      network.call('stripe', 'read charge', () => chargeId.slice(CHARGE_PREFIX.length)),
  };
}

function noticesOf(world: StripeWorld, network: Network): NoticeReader {
  return {
    readPaymentMethod: (id) =>
      network.call('stripe', 'read payment method', () => world.cards.get(id) ?? 'missing'),
    readPaymentStatus: (id) =>
      network.call('stripe', 'read payment', () =>
        world.unconfirmed.has(id) ? 'requires_action' : 'requires_payment_method',
      ),
  };
}

function comingOf({ schedules }: StripeWorld, customerId: string): readonly ComingSubscription[] {
  return [...schedules.values()]
    .filter((schedule) => schedule.customerId === customerId && schedule.status === 'not_started')
    .map(({ id }) => ({ scheduleId: id, items: [{ role: null }] }));
}

/** The call that lets a subscription end with its period. */
function enderOf(world: StripeWorld, network: Network): SubscriptionEnder {
  return {
    endAtPeriodEnd: (id) =>
      network.call('stripe', 'schedule end of subscription', () => {
        const subscription = world.subscriptions.get(id);
        if (subscription === undefined || isEnded(subscription)) return 'scheduled';
        // A schedule manages it.
        if (world.plans.has(id)) return 'kept';
        world.endsReturned.add(id);
        const ending = { ...subscription, cancelAtPeriodEnd: true };
        putSubscription(world, ending, 'customer.subscription.updated');
        return 'scheduled';
      }),
  };
}

/** A charge names its customer. No other part of a charge is needed here. */
export const CHARGE_PREFIX = 'ch_of_';

/** A delayed payment method pays after the session has completed. */
function isBeingPaid(world: StripeWorld, subscriptionId: string): boolean {
  const sessionId = world.payments.get(subscriptionId)?.sessionId ?? '';
  return world.sessions.get(sessionId)?.paymentPending === true;
}

/** The calls that end something. */
function endingOf(
  world: StripeWorld,
  network: Network,
): Pick<Billing, 'deleteCustomer' | 'cancelSubscription' | 'cancelIncomplete'> &
  Omit<OrphanBilling, 'readSale' | 'refundSale' | 'customerDeletedAt'> {
  return {
    // As in the adapter, a session can be opened or paid between the two calls.
    deleteCustomer: async (id) => {
      await network.call('stripe', 'expire checkouts', () => expireOpenSessions(world, id));
      await network.timed('stripe', 'delete customer', () => {
        const refused = world.undeletable.has(id);
        if (!refused) {
          world.onEnding({ customerId: id, subscriptionId: null });
          deleteCustomer(world, id);
        }
        return () => {
          if (refused) throw new Fault({ code: 'refused', system: 'stripe', operation: 'delete customer' });
        };
      });
    },
    cancelSubscription: (id) =>
      network.call('stripe', 'cancel subscription', () => {
        const subscription = world.subscriptions.get(id);
        if (subscription === undefined || isEnded(subscription)) return;
        world.onEnding({ customerId: subscription.customerId, subscriptionId: id });
        putSubscription(world, { ...subscription, status: 'canceled' }, 'customer.subscription.deleted');
      }),
    cancelIncomplete: (id) =>
      network.call('stripe', 'cancel incomplete subscription', () => {
        const subscription = world.subscriptions.get(id);
        if (subscription === undefined || isEnded(subscription)) return 'canceled';
        if (subscription.status !== 'incomplete' || isBeingPaid(world, id)) return 'kept';
        putSubscription(world, { ...subscription, status: 'canceled' }, 'customer.subscription.deleted');
        return 'canceled';
      }),
    readPurchased: (id) => network.call('stripe', 'read subscription', () => purchasedIn(world, id)),
    listSold: (customerId) => network.call('stripe', 'list sold', () => soldTo(world, customerId)),
    readFirstPayment: (id) =>
      network.call('stripe', 'read payment', () => {
        const { paidMs = null, refunded = false } = world.payments.get(id) ?? {};
        return {
          paidAt: paidMs === null ? null : Math.floor(paidMs / 1000),
          refundable: paidMs !== null && !refunded,
        };
      }),
    refundFirstPayment: (id) =>
      network.call('stripe', 'refund', () => {
        const payment = world.payments.get(id);
        if (payment === undefined || payment.paidMs === null || payment.refunded) return 0;
        world.onEnding({ customerId: world.subscriptions.get(id)?.customerId ?? '', subscriptionId: id });
        world.payments.set(id, { ...payment, refunded: true });
        return 1;
      }),
  };
}

function purchasedIn(world: StripeWorld, id: string): PurchasedSubscription | 'missing' {
  const subscription = world.subscriptions.get(id);
  if (subscription === undefined) return 'missing';
  const { status, createdAt: startedAt, endedAt, customerId } = subscription;
  return { status, startedAt, endedAt, customerId, stamp: stampOf(world, subscription) };
}

function soldTo(world: StripeWorld, customerId: string): readonly SoldSubscription[] {
  const customer = world.customers.get(customerId);
  if (customer === undefined || customer.deletedMs !== null) return [];
  return [...world.payments].flatMap(([subscriptionId, { sessionId, sub, poolId }]) =>
    world.sessions.get(sessionId)?.order.customerId === customerId
      ? [{ sessionId, subscriptionId, stamp: { sub, poolId } }]
      : [],
  );
}

const MAX_BACKOFF_MS = 8_000;

/** While Stripe limits the rate of calls for a customer, the SDK retries them, and they take seconds. */
function rateLimit({ timeline, random, rateLimitedUntilMs }: StripeWorld, customerId: string): Promise<void> {
  if (timeline.nowMs >= (rateLimitedUntilMs.get(customerId) ?? 0)) return Promise.resolve();
  return new Promise((resolve) => {
    timeline.after(random.below(MAX_BACKOFF_MS), resolve);
  });
}
