/** Stripe in memory: idempotency keys that live a day, stubs of deleted customers, a late search, event times in seconds. */
import type { CustomerStamp } from '../../core/account/ownership.ts';
import type {
  CustomerLookup,
  CustomerRemover,
  CustomerWriter,
  SubscriptionReader,
} from '../../core/billing/billing.ts';
import type { Reversal } from '../../core/entitlement/row.ts';
import { meaningOf } from '../../core/subscription/status.ts';
import type { Subscription } from '../../core/subscription/subscription.ts';
import type { Network } from '../engine/invocation.ts';
import type { Random } from '../engine/random.ts';
import type { Timeline } from '../engine/timeline.ts';

export interface Customer {
  readonly id: string;
  /** The user that its metadata name. */
  readonly sub: string | null;
  /** The pool that its metadata name: this service writes it when it creates or adopts a customer. */
  readonly poolId: string | null;
  /** `service`: this product created it. `app`: other code or a person did. */
  readonly createdBy: 'service' | 'app';
  readonly createdMs: number;
  readonly deletedMs: number | null;
}

export interface StripeEvent {
  readonly id: string;
  readonly type: string;
  /** In whole seconds. Up to two seconds before the change is visible. */
  readonly created: number;
  readonly customerId: string;
  /** The user that the metadata of the event's object name. */
  readonly sub: string | null;
}

export interface StripeWorld {
  readonly customers: Map<string, Customer>;
  readonly subscriptions: Map<string, Subscription>;
  /** Reversed payments, by subscription and end of the paid period. */
  readonly reversals: Map<string, Reversal>;
  /** Ids of subscriptions with a refund or dispute. They stay listed, whatever the outcome. */
  readonly reversed: Set<string>;
  /** The customers that were created, by idempotency key. */
  readonly keys: Map<string, { readonly customerId: string; readonly untilMs: number }>;
  readonly events: StripeEvent[];
  readonly timeline: Timeline;
  readonly random: Random;
  onEvent(event: StripeEvent): void;
}

const KEY_LIFETIME_MS = 24 * 3_600_000;
const MAX_SEARCH_LAG_MS = 60_000;
const MAX_COMMIT_MS = 2_000;

export function addCustomer(
  world: StripeWorld,
  { sub, poolId }: CustomerStamp,
  createdBy: Customer['createdBy'],
): Customer {
  const id = `cus_${world.customers.size + 1}`;
  const customer = { id, sub, poolId, createdBy, createdMs: world.timeline.nowMs, deletedMs: null };
  world.customers.set(id, customer);
  return customer;
}

/** Saves the current state of a subscription and emits an event. */
export function putSubscription(world: StripeWorld, subscription: Subscription, type: string): void {
  const endedAt = isEnded(subscription) ? Math.floor(world.timeline.nowMs / 1000) : null;
  world.subscriptions.set(subscription.id, { ...subscription, endedAt });
  // A subscription from this product's Checkout names the user in its metadata. Half of the subscriptions here do.
  const named = subscription.id.endsWith('m') ? world.customers.get(subscription.customerId)?.sub : null;
  emit(world, type, { customerId: subscription.customerId, sub: named ?? null });
}

export function emit(
  world: StripeWorld,
  type: string,
  about: { readonly customerId: string; readonly sub: string | null },
): void {
  const startedMs = world.timeline.nowMs - world.random.below(MAX_COMMIT_MS);
  const event = {
    id: `evt_${world.events.length + 1}`,
    type,
    created: Math.floor(startedMs / 1000),
    ...about,
  };
  world.events.push(event);
  world.onEvent(event);
}

/** Cancels all subscriptions of the customer and leaves a stub of it. */
export function deleteCustomer(world: StripeWorld, id: string): 'deleted' | 'missing' {
  const customer = world.customers.get(id);
  if (customer === undefined || customer.deletedMs !== null) return 'missing';
  world.customers.set(id, { ...customer, deletedMs: world.timeline.nowMs });
  for (const subscription of world.subscriptions.values()) {
    if (subscription.customerId !== id || isEnded(subscription)) continue;
    putSubscription(world, { ...subscription, status: 'canceled' }, 'customer.subscription.deleted');
  }
  emit(world, 'customer.deleted', { customerId: id, sub: customer.sub });
  return 'deleted';
}

export function isEnded({ status }: Subscription): boolean {
  return status === 'canceled' || status === 'incomplete_expired';
}

export function lookupIn({ customers }: StripeWorld, id: string): CustomerLookup {
  const customer = customers.get(id);
  if (customer === undefined) return { kind: 'missing' };
  if (customer.deletedMs !== null) return { kind: 'deleted' };
  const { sub, poolId, createdMs } = customer;
  return { kind: 'customer', id, sub, poolId, createdAt: Math.floor(createdMs / 1000) };
}

export type Billing = SubscriptionReader & CustomerWriter & CustomerRemover;

export function billingOf(world: StripeWorld, network: Network): Billing {
  return {
    retrieveCustomer: (id) => network.call('stripe', 'retrieve customer', () => lookupIn(world, id)),
    listSubscriptions: (customerId) =>
      network.timed('stripe', 'list subscriptions', () => {
        const customer = world.customers.get(customerId);
        const subscriptions = [...world.subscriptions.values()].filter(
          (subscription) => subscription.customerId === customerId,
        );
        return ({ startedMs, answeredMs }) => {
          if (customer === undefined) return 'missing';
          const shown = subscriptions.length > 0 && customer.deletedMs === null;
          const owner = shown ? { sub: customer.sub, poolId: customer.poolId } : null;
          const tookSeconds = Math.floor((answeredMs - startedMs) / 1000);
          return { subscriptions, asOf: Math.floor(answeredMs / 1000) - tookSeconds, owner };
        };
      }),
    listFeatures: (customerId) =>
      network.call('stripe', 'list features', () => featuresOf(world, customerId)),
    readReversal: (subscriptionId) =>
      network.call('stripe', 'read reversal', () => {
        const subscription = world.subscriptions.get(subscriptionId);
        return subscription === undefined ? null : reversalOf(world, subscription);
      }),
    createCustomer: ({ poolId, sub, replaces = null }) =>
      network.call('stripe', 'create customer', () =>
        createOnce(world, `${poolId}/${sub}/${replaces ?? ''}`, { sub, poolId }),
      ),
    describeCustomer: (id, { sub, poolId }) =>
      network.call('stripe', 'update customer', () => {
        const customer = world.customers.get(id);
        if (customer?.deletedMs !== null) return 'deleted';
        world.customers.set(id, { ...customer, sub, poolId });
        return 'described';
      }),
    findCustomers: (sub) =>
      network.call('stripe', 'search customers', () => {
        const indexedMs = world.timeline.nowMs - world.random.below(MAX_SEARCH_LAG_MS);
        return [...world.customers.values()]
          .filter((customer) => isIndexed(customer, sub, indexedMs))
          .map(({ id }) => id);
      }),
    deleteCustomer: (id) =>
      network.call('stripe', 'delete customer', () => {
        deleteCustomer(world, id);
      }),
  };
}

/** Returns the active features. Each price is for a product with one feature. */
export function featuresOf(world: StripeWorld, customerId: string): readonly string[] {
  const live = [...world.subscriptions.values()].filter(
    (subscription) => subscription.customerId === customerId && meaningOf(subscription.status).alive,
  );
  return [
    ...new Set(live.flatMap(({ items }) => items.map(({ priceId }) => `feature_of_${priceId}`))),
  ].sort();
}

export function reversalOf(world: StripeWorld, subscription: Subscription): Reversal | null {
  return world.reversals.get(periodKey(subscription)) ?? null;
}

/** Reverses the payment of one period, or undoes that. The event is about a charge, never about the subscription. */
export function setReversal(world: StripeWorld, subscription: Subscription, reversal: Reversal | null): void {
  world.reversed.add(subscription.id);
  if (reversal === null) world.reversals.delete(periodKey(subscription));
  else world.reversals.set(periodKey(subscription), reversal);
  const type = reversal === 'refunded' ? 'charge.refunded' : 'charge.dispute.closed';
  emit(world, type, { customerId: subscription.customerId, sub: null });
}

function periodKey({ id, items, periodEnd }: Subscription): string {
  return `${id}/${items[0]?.periodEnd ?? periodEnd}`;
}

/** Whether the search finds the customer. Its index lags, and misses what was created or deleted since `indexedMs`. */
function isIndexed(customer: Customer, sub: string, indexedMs: number): boolean {
  if (customer.sub !== sub || customer.createdMs > indexedMs) return false;
  return customer.deletedMs === null || customer.deletedMs > indexedMs;
}

function createOnce(world: StripeWorld, key: string, stamp: CustomerStamp): string {
  const { nowMs } = world.timeline;
  const known = world.keys.get(key);
  if (known !== undefined && nowMs < known.untilMs) return known.customerId;
  const { id } = addCustomer(world, stamp, 'service');
  world.keys.set(key, { customerId: id, untilMs: nowMs + KEY_LIFETIME_MS });
  return id;
}
