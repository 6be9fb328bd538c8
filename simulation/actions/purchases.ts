/** What users buy: they click impatiently, in several tabs, and pay on every page that they reach. */
import type { Subscription } from '../../core/subscription/subscription.ts';
import type { Functions } from '../functions.ts';
import type { Action } from '../history.ts';
import { checkNextToSales, checkNextToSubscriptions } from '../one-time-invariants.ts';
import type { ClickedOrder } from '../purchase-functions.ts';
import { checkOffer, checkOwnSync, checkPayment, checkPortal, pictureOf } from '../purchase-invariants.ts';
import { checkStoreOffer } from '../store-invariants.ts';
import type { User, World } from '../world.ts';
import { current } from '../worlds/checkout.ts';
import { emit } from '../worlds/events.ts';
import { putSubscription, type Session } from '../worlds/stripe.ts';
import { newMonthly, prices } from './new-subscription.ts';
import { paySale, wantedOnce } from './one-time.ts';
import { deleteAccount } from './users.ts';

const DAY_SECONDS = 86_400;
/** A delayed payment method, such as a bank debit, takes days. */
const MAX_PAYMENT_DELAY_MS = 5 * 86_400_000;

interface UserAction {
  readonly user: User;
  readonly action: Action;
}

/** One click, a double click, or clicks for different plans in two tabs. */
export function checkOut(world: World, functions: Functions, { user, action }: UserAction): void {
  const { variant } = action;
  const price = prices[variant % prices.length] ?? prices[0];
  const other = prices[(variant + 1) % prices.length] ?? prices[0];
  const click = (delayMs: number, wanted: string) =>
    world.context.timeline.after(delayMs, () =>
      startCheckout(world, functions, { user, order: { price: wanted } }),
    );
  click(0, price);
  if (variant % 4 === 1) click(world.random.below(300), price);
  if (variant % 4 >= 2) {
    click(world.random.below(2_000), other);
    click(world.random.below(4_000), price);
  }
}

/** One click or a double click on something that is bought once, at times next to a tab with a plan. */
export function buyOnce(world: World, functions: Functions, { user, action }: UserAction): void {
  const wanted = wantedOnce(action);
  const order = { ...wanted, price: wanted.once?.price ?? prices[0] };
  const click = (delayMs: number, clicked: ClickedOrder) =>
    world.context.timeline.after(delayMs, () => startCheckout(world, functions, { user, order: clicked }));
  click(0, order);
  if (action.variant % 4 === 1) click(world.random.below(300), order);
  if (action.variant % 4 >= 2) click(world.random.below(2_000), { price: prices[0] });
}

const MAX_CHECKOUT_MS = 8_000;

/** The user deletes the account while a checkout is open, or while it is being opened. */
export function deleteWhilePaying(world: World, functions: Functions, { user, action }: UserAction): void {
  world.context.tally.add('action delete_while_paying');
  const start = action.variant % 3 === 0 ? buyOnce : checkOut;
  start(world, functions, { user, action });
  world.context.timeline.after(world.random.below(MAX_CHECKOUT_MS), () =>
    deleteAccount(world, functions, { user }),
  );
}

function isStore({ source }: { readonly source: string | null }): boolean {
  return source !== null && source !== 'stripe';
}

function startCheckout(
  world: World,
  functions: Functions,
  { user, order }: { readonly user: User; readonly order: ClickedOrder },
): void {
  // A token outlives its user, but without a sign-up there is no token.
  if (!world.cognito.users.has(user.username) && user.deletionRequestedMs === null) return;
  const startedMs = world.context.timeline.nowMs;
  world.trace(`${user.sub}: wants to buy ${order.price}`);
  world.context.tally.add('action checkout');
  const row = world.dynamodb.entitlements.get(user.sub);
  let hasHeard = false;
  const onStoresSynced = () => {
    hasHeard = true;
  };
  void functions.checkout(user, order, onStoresSynced).then((result) => {
    const kind = result.kind === 'returned' ? result.value.kind : result.kind;
    world.trace(`${user.sub}: checkout ends: ${kind}`);
    world.context.tally.add(`checkout ${kind}`);
    if (
      result.kind === 'returned' &&
      result.value.kind === 'already_subscribed' &&
      isStore(result.value.payer)
    )
      world.context.tally.add('checkout already_subscribed in a store');
    // Calls that an interrupted checkout had sent may still take effect.
    if (result.kind !== 'returned') user.signUpInterruptedMs = world.context.timeline.nowMs;
    if (result.kind !== 'returned' || result.value.kind !== 'session') return;
    const { id } = result.value.session;
    // On purpose, or next to what will not bill again, something is offered once all the same.
    if (order.once === undefined) checkOffer(world, user, { sessionId: id, startedMs });
    if (order.once === undefined || order.again !== true)
      checkStoreOffer(world, user, { sessionId: id, startedMs, row, hasHeard });
    world.context.timeline.after(hesitationMs(world), () => pay(world, user, id));
  });
}

/** At times the user pays at once, at times on a page that is hours old. */
function hesitationMs({ random }: World): number {
  const kind = random.below(8);
  if (kind === 0) return random.below(2 * 3_600_000);
  return kind < 5 ? random.below(1_500) : random.below(60_000);
}

function pay(world: World, user: User, sessionId: string): void {
  const { stripe } = world;
  const session = stripe.sessions.get(sessionId);
  if (session === undefined || current(stripe, session).status !== 'open') return;
  if (stripe.customers.get(session.order.customerId)?.deletedMs !== null) return;
  checkNextToSales(world, user, session);
  if (session.order.once !== undefined) {
    checkNextToSubscriptions(world, user, session);
    stripe.sessions.set(sessionId, { ...session, status: 'complete' });
    return paySale(world, user, session);
  }
  checkPayment(world, user, session);
  const isDelayed = session.order.trialDays === null && world.random.chance(0.2);
  const subscription = subscriptionFor(world, session, isDelayed);
  world.trace(`${user.sub}: pays ${sessionId}, which creates ${subscription.id} (${subscription.status})`);
  world.context.tally.add(`action pay${isDelayed ? ' later' : ''}`);
  stripe.sessions.set(sessionId, { ...session, status: 'complete', paymentPending: isDelayed });
  const givesTrial = session.order.trialDays !== null;
  const paidMs = isDelayed || givesTrial ? null : world.context.timeline.nowMs;
  const { poolId } = world.installation;
  const payment = {
    sessionId,
    sub: user.sub,
    poolId,
    givesTrial,
    paidMs,
    refunded: false,
    isRefundedByPolicy: false,
  };
  stripe.payments.set(subscription.id, payment);
  putSubscription(stripe, subscription, 'customer.subscription.created');
  reportSession(world, session, { type: 'checkout.session.completed', subscriptionId: subscription.id });
  if (!isDelayed) return;
  world.context.timeline.after(world.random.below(MAX_PAYMENT_DELAY_MS), () =>
    endDelayedPayment(world, session, subscription.id),
  );
}

function endDelayedPayment(world: World, session: Session, subscriptionId: string): void {
  const { stripe, random, context } = world;
  const payment = stripe.payments.get(subscriptionId);
  const subscription = stripe.subscriptions.get(subscriptionId);
  if (payment === undefined || subscription === undefined) return;
  const succeeds = random.chance(0.7);
  stripe.sessions.set(session.id, { ...session, status: 'complete', paymentPending: false });
  if (succeeds) stripe.payments.set(subscriptionId, { ...payment, paidMs: context.timeline.nowMs });
  if (subscription.status === 'incomplete') {
    const status = succeeds ? 'active' : 'incomplete_expired';
    const type = succeeds ? 'customer.subscription.updated' : 'customer.subscription.deleted';
    putSubscription(stripe, { ...subscription, status }, type);
  }
  if (succeeds)
    reportSession(world, session, { type: 'checkout.session.async_payment_succeeded', subscriptionId });
}

function reportSession(
  world: World,
  { id: sessionId, order }: Session,
  { type, subscriptionId }: { readonly type: string; readonly subscriptionId: string },
): void {
  const { customerId, sub } = order;
  emit(world.stripe, type, { customerId, sub, checkout: { sessionId, subscriptionId } });
}

function subscriptionFor(world: World, { order }: Session, isDelayed: boolean): Subscription {
  const now = Math.floor(world.context.timeline.nowMs / 1000);
  // The metadata of such a subscription name the user.
  const id = `sub_${world.stripe.subscriptions.size + 1}m`;
  const trialEnd = order.trialDays === null ? null : now + order.trialDays * DAY_SECONDS;
  const paidStatus = isDelayed ? 'incomplete' : 'active';
  return newMonthly({
    id,
    customerId: order.customerId,
    status: trialEnd === null ? paidStatus : 'trialing',
    createdAt: now,
    trialEnd,
    priceId: order.price,
  });
}

export function openPortal(world: World, functions: Functions, user: User): void {
  if (!world.cognito.users.has(user.username)) return;
  world.context.tally.add('action open_portal');
  const startedMs = world.context.timeline.nowMs;
  void functions.openPortal(user).then((result) => {
    if (result.kind !== 'returned') return;
    world.context.tally.add(`portal ${result.value.kind}`);
    if (result.value.kind !== 'session') return;
    checkPortal(world, user, { url: result.value.url, startedMs });
  });
}

export function syncOwn(world: World, functions: Functions, user: User): void {
  if (!world.cognito.users.has(user.username)) return;
  const before = pictureOf(world, user);
  world.context.tally.add('action sync_own');
  void functions.syncOwn(user).then((result) => {
    user.syncInterrupted ||= result.kind !== 'returned';
    if (result.kind !== 'returned' || result.value.kind !== 'answered') return;
    checkOwnSync(world, user, { before, row: result.value.row, answer: functions.answer });
  });
}
