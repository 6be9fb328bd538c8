/** Stripe in memory: stubs of deleted customers, event times in seconds, metadata that contradict each other. */
import type { CustomerStamp } from '../../core/account/ownership.ts';
import type { CustomerLookup } from '../../core/billing/billing.ts';
import type { OpenedOrder } from '../../core/checkout/sessions.ts';
import type { Reversal } from '../../core/entitlement/row.ts';
import type { OneTimePurchase, SoldTerms } from '../../core/purchase/purchase.ts';
import type { Subscription } from '../../core/subscription/subscription.ts';
import type { Random } from '../engine/random.ts';
import type { Timeline } from '../engine/timeline.ts';
import { isRunning } from '../oracle/state.ts';
import { type ChangeWorld, createChangeWorld, followPlan } from './change-world.ts';
import type { CreationWorld } from './creation.ts';
import { isEnded } from './ended.ts';
import { emit } from './events.ts';
import { type FeatureWorld, followFeatures } from './features.ts';
import type { LeavingWorld } from './leaving-world.ts';

export interface Customer {
  readonly id: string;
  /** The user that its metadata name. */
  readonly sub: string | null;
  /** The user that they named before. */
  readonly formerSub: string | null;
  /** The user whose customer it stays although a person has edited the name away. */
  readonly erasedSub: string | null;
  /** Since when they name the user. */
  readonly namedMs: number;
  /** The pool that its metadata name: this service writes it when it creates or adopts a customer. */
  readonly poolId: string | null;
  /** `service`: this product created it. `app`: other code or a person did, or a person gave it to its user. */
  readonly createdBy: 'service' | 'app';
  readonly createdMs: number;
  /** Whether it holds the user's email address and name. */
  readonly hasContact: boolean;
  /** Whether the checkout has offered it something that is bought once. */
  readonly soldOnce?: true;
  readonly deletedMs: number | null;
}

export interface Session {
  readonly id: string;
  readonly order: OpenedOrder;
  readonly createdMs: number;
  readonly status: 'open' | 'complete' | 'expired';
  readonly paymentPending: boolean;
}

/** A completed session in payment mode. */
export interface Sale {
  readonly sessionId: string;
  readonly customerId: string;
  /** The user and the pool that the session names. */
  readonly sub: string;
  readonly poolId: string;
  readonly terms: SoldTerms;
  readonly chargedMs: number;
  /** Null until the payment succeeds. */
  readonly paidMs: number | null;
  readonly isFailed: boolean;
  readonly reversal: OneTimePurchase['reversal'];
  /** Whether this service has refunded it. */
  readonly isRefundedByService: boolean;
}

/** The payment of the first invoice of a subscription that Checkout created. */
export interface FirstPayment {
  readonly sessionId: string;
  readonly sub: string;
  /** The pool of the stage whose checkout sold it. */
  readonly poolId: string;
  readonly givesTrial: boolean;
  /** Null until the payment succeeds. */
  readonly paidMs: number | null;
  /** In full. */
  readonly refunded: boolean;
  /** Whether the policy of a deletion refunds it in full. */
  readonly isRefundedByPolicy: boolean;
}

/** What this service is about to end. Without a subscription, it is the customer with all of them. */
export interface Ended {
  readonly customerId: string;
  readonly subscriptionId: string | null;
  /** Set if it is what was sold once in the session. */
  readonly sessionId?: string;
}

/** What Stripe starts as a subscription later. */
export interface Schedule {
  readonly id: string;
  readonly customerId: string;
  readonly createdMs: number;
  readonly status: 'not_started' | 'started' | 'canceled';
  /** Null until it has started. */
  readonly subscriptionId: string | null;
}

export interface StripeWorld extends CreationWorld, FeatureWorld, ChangeWorld {
  readonly schedules: Map<string, Schedule>;
  readonly customers: Map<string, Customer>;
  readonly subscriptions: Map<string, Subscription>;
  /** Reversed payments, by subscription and end of the paid period. */
  readonly reversals: Map<string, Reversal>;
  /** Ids of subscriptions that this service let end with their period, because their payment went back. */
  readonly endsReturned: Set<string>;
  /** Ids of subscriptions with a refund or dispute. They stay listed, whatever the outcome. */
  readonly reversed: Set<string>;
  /** The starts of the periods that were not paid in time, by subscription. */
  readonly unpaidPeriods: Map<string, Set<number>>;
  /** The users that the metadata of subscriptions name by mistake, or from before their customer was re-assigned. */
  readonly mislabeled: Map<string, string>;
  /** When the cards expire, by payment method: the month and the year. */
  readonly cards: Map<string, { readonly expMonth: number; readonly expYear: number }>;
  /** The invoices whose payment waits for the user. */
  readonly unconfirmed: Set<string>;
  /** Until when calls for a customer are rate-limited, in milliseconds. */
  readonly rateLimitedUntilMs: Map<string, number>;
  /** The customers that Stripe refuses to delete. */
  readonly undeletable: Set<string>;
  readonly sessions: Map<string, Session>;
  /** The sessions that were opened, by idempotency key. */
  readonly sessionKeys: Map<string, { readonly sessionId: string; readonly untilMs: number }>;
  /** The first payments of subscriptions that Checkout created, by subscription. */
  readonly payments: Map<string, FirstPayment>;
  /** What was paid for the subscriptions that a deletion has ended, and what of it was refunded. */
  readonly leaving: LeavingWorld;
  /** What was sold once, by session. */
  readonly sales: Map<string, Sale>;
  /** Since when a subscription has been running without interruption. */
  readonly runningSinceMs: Map<string, number>;
  readonly timeline: Timeline;
  readonly random: Random;
  /** Called before this service ends something of a customer. */
  onEnding(ended: Ended): void;
}

export function createStripeWorld(
  options: Pick<StripeWorld, 'timeline' | 'random' | 'onEvent' | 'onEnding'>,
): StripeWorld {
  return {
    ...options,
    ...createChangeWorld(),
    schedules: new Map(),
    customers: new Map(),
    subscriptions: new Map(),
    reversals: new Map(),
    endsReturned: new Set(),
    reversed: new Set(),
    unpaidPeriods: new Map(),
    mislabeled: new Map(),
    cards: new Map(),
    unconfirmed: new Set(),
    rateLimitedUntilMs: new Map(),
    undeletable: new Set(),
    sessions: new Map(),
    sessionKeys: new Map(),
    payments: new Map(),
    leaving: { ended: new Map(), refunds: [], keys: new Map() },
    sales: new Map(),
    runningSinceMs: new Map(),
    keys: new Map(),
    createdAgain: new Set(),
    creationFailures: new Map(),
    entitled: new Map(),
    addedFeatures: new Map(),
    prompt: { untilMs: 0 },
    events: [],
  };
}

export function addCustomer(
  world: StripeWorld,
  { sub, poolId }: CustomerStamp,
  createdBy: Customer['createdBy'],
): Customer {
  const id = `cus_${world.customers.size + 1}`;
  const createdMs = world.timeline.nowMs;
  const named = { sub, formerSub: null, erasedSub: null, namedMs: createdMs, poolId };
  const customer = { id, ...named, createdBy, createdMs, hasContact: false, deletedMs: null };
  world.customers.set(id, customer);
  return customer;
}

/** Returns the user who has the customer, whatever its metadata say. */
export function ownerOf({ sub, erasedSub }: Customer): string | null {
  return sub ?? erasedSub;
}

/** Writes a user into the metadata of a customer, or no one. The metadata of its subscriptions stay as they are. */
export function nameUser(world: StripeWorld, customer: Customer, sub: string | null): Customer {
  const { id, sub: formerSub } = customer;
  if (formerSub === sub) return customer;
  for (const subscription of world.subscriptions.values()) {
    const { sub: stamped } = stampOf(world, subscription);
    if (subscription.customerId === id && stamped !== null && !world.payments.has(subscription.id))
      world.mislabeled.set(subscription.id, stamped);
  }
  const erasedSub = sub === null ? formerSub : null;
  const renamed = { ...customer, sub, formerSub, erasedSub, namedMs: world.timeline.nowMs };
  world.customers.set(id, renamed);
  emit(world, 'customer.updated', { customerId: id, sub, formerSub });
  return renamed;
}

/** Saves the current state of a subscription and emits an event. */
export function putSubscription(world: StripeWorld, given: Subscription, type: string): void {
  const subscription = followPlan(world, given);
  const endedAt = isEnded(subscription) ? Math.floor(world.timeline.nowMs / 1000) : null;
  world.subscriptions.set(subscription.id, { ...subscription, endedAt });
  if (subscription.status === 'past_due') noteUnpaidPeriod(world, subscription);
  if (!isRunning(subscription)) world.runningSinceMs.delete(subscription.id);
  else if (!world.runningSinceMs.has(subscription.id))
    world.runningSinceMs.set(subscription.id, world.timeline.nowMs);
  emit(world, type, { customerId: subscription.customerId, sub: stampOf(world, subscription).sub });
  followFeatures(world, subscription.customerId);
}

/**
 * Returns what the metadata of a subscription say. One from a checkout of this product names the user and the pool. Half
 * of the others name the user.
 */
export function stampOf(world: StripeWorld, { id, customerId }: Subscription): CustomerStamp {
  const payment = world.payments.get(id);
  const named = id.endsWith('m') ? (world.customers.get(customerId)?.sub ?? null) : null;
  const sub = world.mislabeled.get(id) ?? payment?.sub ?? named;
  return { sub, poolId: payment?.poolId ?? null };
}

function noteUnpaidPeriod(world: StripeWorld, { id, items }: Subscription): void {
  const periods = world.unpaidPeriods.get(id) ?? new Set();
  world.unpaidPeriods.set(id, periods.add(items[0]?.periodStart ?? 0));
}

/** Cancels all subscriptions of the customer and leaves a stub of it. */
export function deleteCustomer(world: StripeWorld, id: string): 'deleted' | 'missing' {
  const customer = world.customers.get(id);
  if (customer === undefined || customer.deletedMs !== null) return 'missing';
  world.customers.set(id, { ...customer, hasContact: false, deletedMs: world.timeline.nowMs });
  for (const subscription of world.subscriptions.values()) {
    if (subscription.customerId !== id || isEnded(subscription)) continue;
    putSubscription(world, { ...subscription, status: 'canceled' }, 'customer.subscription.deleted');
  }
  for (const schedule of world.schedules.values()) {
    if (schedule.customerId !== id || schedule.status !== 'not_started') continue;
    world.schedules.set(schedule.id, { ...schedule, status: 'canceled' });
  }
  emit(world, 'customer.deleted', { customerId: id, sub: customer.sub });
  return 'deleted';
}

/** What the metadata of a customer say. */
export function stampOfCustomer({ sub, poolId, soldOnce }: Customer): CustomerStamp {
  return { sub, poolId, ...(soldOnce === true ? { soldOnce } : {}) };
}

export function lookupIn({ customers }: StripeWorld, id: string): CustomerLookup {
  const customer = customers.get(id);
  if (customer === undefined) return { kind: 'missing' };
  if (customer.deletedMs !== null) return { kind: 'deleted' };
  return {
    kind: 'customer',
    id,
    ...stampOfCustomer(customer),
    createdAt: Math.floor(customer.createdMs / 1000),
    contact: { hasEmail: customer.hasContact, hasName: customer.hasContact },
  };
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
