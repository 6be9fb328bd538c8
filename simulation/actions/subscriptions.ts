/** What customers and Stripe do to subscriptions. Each action is one change of Stripe's state and its events. */
import type { Subscription } from '../../core/subscription/subscription.ts';
import type { Action, ActionKind } from '../history.ts';
import { liveCustomersOf, subscriptionsOf } from '../stripe-state.ts';
import type { User, World } from '../world.ts';
import { isEnded } from '../worlds/ended.ts';
import { changeProduct } from '../worlds/features.ts';
import {
  addCustomer,
  type Customer,
  deleteCustomer,
  putSubscription,
  setReversal,
} from '../worlds/stripe.ts';
import { keysOfPrices, MONTH_SECONDS, newMonthly, prices } from './new-subscription.ts';

type Change = (subscription: Subscription, action: Action) => Partial<Subscription> | undefined;

/** Changes of a subscription that has not ended. Each returns `undefined` where its status does not allow the change. */
const changes: Partial<Readonly<Record<ActionKind, Change>>> = {
  renew: (subscription) => (subscription.status === 'active' ? nextPeriod(subscription) : undefined),
  fail_renewal: (subscription, action) =>
    subscription.status === 'active'
      ? { ...nextPeriod(subscription), status: 'past_due', lateSince: lateSinceOf(subscription, action) }
      : undefined,
  recover: (subscription) =>
    ['past_due', 'unpaid', 'incomplete'].includes(subscription.status)
      ? { status: 'active', lateSince: null }
      : undefined,
  give_up: (subscription) => {
    if (subscription.status === 'incomplete') return { status: 'incomplete_expired' };
    return subscription.status === 'past_due' ? { status: 'canceled' } : undefined;
  },
  mark_unpaid: (subscription) => (subscription.status === 'past_due' ? { status: 'unpaid' } : undefined),
  cancel: () => ({ status: 'canceled' }),
  cancel_at_period_end: (subscription, { variant }) =>
    // With flexible billing Stripe sets only the date.
    variant % 2 === 0 ? { cancelAtPeriodEnd: true } : { cancelAt: subscription.items[0]?.periodEnd ?? null },
  undo_cancel: ({ cancelAtPeriodEnd, cancelAt }) =>
    cancelAtPeriodEnd || cancelAt !== null ? { cancelAtPeriodEnd: false, cancelAt: null } : undefined,
  change_plan: (subscription, { variant }) => {
    const priceId = prices[variant % prices.length] ?? prices[0];
    const keys = keysOfPrices[priceId] ?? [];
    return { items: subscription.items.map((item) => ({ ...item, priceId, keys })) };
  },
  pause: (subscription) =>
    subscription.status === 'active' || subscription.status === 'trialing' ? { status: 'paused' } : undefined,
  pause_collection: (subscription) => ({ collectionPaused: !subscription.collectionPaused }),
  resume: (subscription) => (subscription.status === 'paused' ? { status: 'active' } : undefined),
  end_trial: (subscription, { variant }) =>
    subscription.status === 'trialing'
      ? {
          ...nextPeriod(subscription),
          status: (['active', 'past_due', 'canceled'] as const)[variant % 3] ?? 'active',
        }
      : undefined,
};

/** What Stripe's portal refuses of a subscription that a schedule manages. */
const byUser: ReadonlySet<ActionKind> = new Set<ActionKind>([
  'cancel_at_period_end',
  'undo_cancel',
  'change_plan',
  'pause',
]);

/** In a third of the histories no invoice says it. In the others it was to be paid at once, or within a day. */
function lateSinceOf({ items }: Subscription, { variant }: Action): number | null {
  const start = items[0]?.periodEnd ?? 0;
  return [null, start, start + 86_400][variant % 3] ?? null;
}

/** A subscription takes a few seconds to appear. A change that is not possible yet waits for it. */
const MAX_WAITS = 3;
const WAIT_MS = 3_000;

export function changeSubscription(world: World, user: User, action: Action): void {
  let done = false;
  for (let wait = 0; wait <= MAX_WAITS; wait += 1)
    world.context.timeline.after(wait * WAIT_MS, () => {
      done ||= changeNow(world, user, action);
    });
}

/** Returns whether a subscription of the user allowed the change. */
function changeNow(world: World, user: User, action: Action): boolean {
  const change = changes[action.kind];
  if (change === undefined) return true;
  const possible = subscriptionsOf(world, user)
    .filter(({ customerId }) => customerId === (action.customerId ?? customerId))
    .filter((subscription) => !isEnded(subscription))
    .filter(({ id }) => !(byUser.has(action.kind) && world.stripe.plans.has(id)))
    .map((subscription) => ({ subscription, patch: change(subscription, action) }))
    .filter(({ patch }) => patch !== undefined);
  const chosen = possible[action.variant % Math.max(1, possible.length)];
  if (chosen === undefined) return false;
  const changed = { ...chosen.subscription, ...chosen.patch };
  const type = isEnded(changed) ? 'customer.subscription.deleted' : 'customer.subscription.updated';
  world.trace(`${user.sub}: ${action.kind} ${changed.id} → ${changed.status}`);
  world.context.tally.add(`action ${action.kind}`);
  putSubscription(world.stripe, changed, type);
  return true;
}

/** Subscribes a few seconds from now, unless the customer is deleted in between. */
export function subscribe(world: World, user: User, action: Action): void {
  const customer =
    action.kind === 'duplicate_customer' ? addDuplicateCustomer(world, user) : customerOf(world, user);
  const trial = action.kind === 'start_trial';
  world.trace(`${user.sub}: subscribes customer ${customer.id}`);
  world.context.timeline.after(world.random.below(4_000), () => {
    if (world.stripe.customers.get(customer.id)?.deletedMs !== null) return;
    world.context.tally.add(`action ${action.kind}`);
    const subscription = newSubscription(world, customer, { action, trial });
    world.trace(`${user.sub}: customer ${customer.id} has ${subscription.id}`);
    if (action.variant === MISLABELED) mislabel(world, user, subscription);
    putSubscription(world.stripe, { ...subscription, status: 'incomplete' }, 'customer.subscription.created');
    if (action.variant === 0) return;
    putSubscription(world.stripe, subscription, 'customer.subscription.updated');
    putSubscription(world.stripe, subscription, 'checkout.session.completed');
  });
}

const MISLABELED = 9;

/** Other code wrote another user into the subscription's metadata. The customer still names its own. */
function mislabel(world: World, user: User, { id, customerId }: Subscription): void {
  const other = world.users.find(({ sub }) => sub !== user.sub);
  // Where the customer names no one, its subscription decides.
  if (other === undefined || world.stripe.customers.get(customerId)?.sub === null) return;
  world.context.tally.add('action mislabel');
  world.stripe.mislabeled.set(id, other.sub);
}

/** Refunds or disputes the payment of the current period, or ends a dispute. The subscription itself does not change. */
export function reversePayment(world: World, user: User, action: Action): void {
  const paid = subscriptionsOf(world, user).filter(({ status }) => status === 'active');
  const chosen = paid[action.variant % Math.max(1, paid.length)];
  if (chosen === undefined) return;
  const disputeState = (['dispute_open', 'dispute_lost', null] as const)[action.variant % 3] ?? null;
  const returned = (['refunded', 'refunded', 'uncollectible', 'voided'] as const)[action.variant % 4];
  const reversal = action.kind === 'refund' ? (returned ?? 'refunded') : disputeState;
  world.trace(`${user.sub}: payment of ${chosen.id}: ${reversal ?? 'dispute won'}`);
  world.context.tally.add(`action ${action.kind}`);
  setReversal(world.stripe, chosen, reversal);
}

/** A person adds a feature to a product, or takes it away. */
export function changeFeatures(world: World, { variant }: Action): void {
  world.context.tally.add('action change_product');
  changeProduct(world.stripe, prices[variant % prices.length] ?? prices[0]);
}

export function deleteCustomerByHand(world: World, user: User): void {
  const [first] = liveCustomersOf(world, user);
  if (first === undefined || user.deletionRequestedMs !== null) return;
  world.trace(`${user.sub}: ${first.id} is deleted by hand`);
  world.context.tally.add('action customer_deleted_by_hand');
  deleteCustomer(world.stripe, first.id);
}

/** Returns the customer as an app would pick it: the profile's, else one that names the user, else a new one. */
function customerOf(world: World, user: User): Customer {
  const known = world.dynamodb.profiles.get(user.sub)?.customerId;
  const customer = known === null || known === undefined ? undefined : world.stripe.customers.get(known);
  if (customer !== undefined) return customer;
  return liveCustomersOf(world, user)[0] ?? addAppCustomer(world, user);
}

/** Other code of this stage names the pool, as the docs ask it to. Code of before does not. */
function addAppCustomer(world: World, { sub }: User): Customer {
  const poolId = world.stripe.customers.size % 2 === 0 ? world.installation.poolId : null;
  return addCustomer(world.stripe, { sub, poolId }, 'app');
}

function addDuplicateCustomer(world: World, user: User): Customer {
  return addAppCustomer(world, user);
}

function newSubscription(
  world: World,
  customer: Customer,
  options: { readonly action: Action; readonly trial: boolean },
): Subscription {
  const nowSeconds = Math.floor(world.context.timeline.nowMs / 1000);
  const { variant } = options.action;
  const trialEnd = options.trial ? nowSeconds + 7 * 86_400 : null;
  const id = `sub_${world.stripe.subscriptions.size + 1}${variant % 2 === 0 ? 'm' : ''}`;
  return newMonthly({
    id,
    customerId: customer.id,
    status: options.trial ? 'trialing' : 'active',
    createdAt: nowSeconds,
    trialEnd,
    priceId: prices[variant % prices.length] ?? prices[0],
  });
}

function nextPeriod(subscription: Subscription): Partial<Subscription> {
  return {
    items: subscription.items.map((item) => {
      const end = item.periodEnd ?? 0;
      return { ...item, periodStart: end, periodEnd: end + MONTH_SECONDS };
    }),
  };
}
