/** The invariants of buying: no user pays twice or has a second trial, and no payment for a deleted account is kept. */

import { isReturned } from '../core/entitlement/claims.ts';
import type { EntitlementRow } from '../core/entitlement/row.ts';
import type { Subscription } from '../core/subscription/subscription.ts';
import { differenceIn } from './entitlement-invariants.ts';
import type { Functions } from './functions.ts';
import { checkKeptSales, checkOwnSales, checkRefundedSales } from './one-time-invariants.ts';
import { expectedStates, isRunning } from './oracle/state.ts';
import { checkOwnStores } from './store-invariants.ts';
import { isBilled, SEARCH_LAG_MS, subscriptionsOf } from './stripe-state.ts';
import { reportViolation, type User, type World } from './world.ts';
import type { Statement } from './worlds/dynamodb.ts';
import { ownerOf, reversalOf, type Schedule, type Session } from './worlds/stripe.ts';

/** Checks a payment at the moment at which the user makes it. */
export function checkPayment(world: World, user: User, session: Session): void {
  const { payments, subscriptions, sessions } = world.stripe;
  for (const [id, { sub, sessionId }] of payments) {
    const subscription = subscriptions.get(id);
    const pending = subscription?.status === 'incomplete' && sessions.get(sessionId)?.paymentPending === true;
    if (sub !== user.sub || subscription === undefined || !(isRunning(subscription) || pending)) continue;
    if (endsPaidBack(world, subscription)) continue;
    if (!isOwn(world, user, id) || isForgotten(world, user, { earlier: subscription, session })) continue;
    reportViolation(
      world,
      user,
      `8. pays ${session.id} in addition to ${id}, which is ${subscription.status}`,
    );
  }
  if (session.order.trialDays === null) return;
  const persons = world.users.filter(({ person }) => person === user.person).map(({ sub }) => sub);
  const earlier = [...payments.values()].find(({ givesTrial, sub }) => givesTrial && persons.includes(sub));
  if (earlier !== undefined)
    reportViolation(world, user, `9. starts a second trial, after that of ${earlier.sessionId}`);
  if (persons.some((sub) => world.dynamodb.trialsAtSignUp.has(sub)))
    reportViolation(world, user, '9. starts a second trial, after that at sign-up');
}

/** Whether the customer of the subscription still names the user. What a re-assigned one pays for is its new user's. */
function isOwn({ stripe }: World, { sub }: User, subscriptionId: string): boolean {
  const { customerId = '' } = stripe.subscriptions.get(subscriptionId) ?? {};
  const customer = stripe.customers.get(customerId);
  return customer !== undefined && ownerOf(customer) === sub;
}

/**
 * Whether the records that named the customer of the earlier purchase were lost before the search could show it, and the page
 * is one of the customer that was created in its place.
 */
function isForgotten(
  { stripe: { customers } }: World,
  { recordsLostMs }: User,
  { earlier, session }: { readonly earlier: Subscription; readonly session: Session },
): boolean {
  const { namedMs = 0 } = customers.get(earlier.customerId) ?? {};
  const { namedMs: replacedMs = 0 } = customers.get(session.order.customerId) ?? {};
  if (recordsLostMs === null || namedMs > recordsLostMs || replacedMs < recordsLostMs) return false;
  return replacedMs < namedMs + SEARCH_LAG_MS;
}

/** A user who has been subscribed since before the request must not be offered a page to pay on. */
export function checkOffer(
  world: World,
  user: User,
  offer: { readonly sessionId: string; readonly startedMs: number },
): void {
  const customerId = world.stripe.sessions.get(offer.sessionId)?.order.customerId;
  const { namedMs = 0 } = world.stripe.customers.get(customerId ?? '') ?? {};
  if (namedMs > offer.startedMs) return;
  for (const subscription of subscriptionsOf(world, user)) {
    const { id, customerId: of } = subscription;
    const sinceMs = world.stripe.runningSinceMs.get(id) ?? Number.POSITIVE_INFINITY;
    if (endsPaidBack(world, subscription)) continue;
    if (of === customerId && sinceMs < offer.startedMs)
      reportViolation(world, user, `8. is offered ${offer.sessionId} although ${id} is running`);
  }
  for (const schedule of world.stripe.schedules.values())
    if (
      schedule.customerId === customerId &&
      schedule.createdMs < offer.startedMs &&
      isStillComing(world, schedule)
    )
      reportViolation(world, user, `8. is offered ${offer.sessionId} although ${schedule.id} is coming`);
}

/** Whether it starts later, or has started while the checkout was under way and runs: one that was paid back ends instead. */
function isStillComing({ stripe }: World, { status, subscriptionId }: Schedule): boolean {
  if (status !== 'started') return status === 'not_started';
  const subscription = stripe.subscriptions.get(subscriptionId ?? '');
  return subscription !== undefined && !endsPaidBack({ stripe }, subscription) && isRunning(subscription);
}

/** Whether its payment went back, and it ends before it bills again: this service has scheduled that, or the user has. */
function endsPaidBack({ stripe }: Pick<World, 'stripe'>, subscription: Subscription): boolean {
  if (stripe.endsReturned.has(subscription.id)) return true;
  const { cancelAtPeriodEnd, cancelAt, items } = subscription;
  const ends = cancelAtPeriodEnd || (cancelAt !== null && cancelAt <= (items[0]?.periodEnd ?? 0));
  return ends && isReturned(reversalOf(stripe, subscription));
}

export function checkPortal(
  world: World,
  user: User,
  { url, startedMs }: { readonly url: string; readonly startedMs: number },
): void {
  const customer = world.stripe.customers.get(url.slice(url.lastIndexOf('/') + 1));
  // It may have been re-assigned while the portal opened.
  const { namedMs = 0, formerSub } = customer ?? {};
  const wasOwn = namedMs >= startedMs && formerSub === user.sub;
  const owner = customer === undefined ? null : ownerOf(customer);
  if (owner !== user.sub && !wasOwn)
    reportViolation(world, user, `12. reaches the billing portal of ${owner ?? 'no user'}`);
}

/**
 * Another checkout of the user, under way during the deletion, can provision the user once more and then removes that row
 * again, or leaves it as the record of a customer that is billed. Until then, a payment looks like one of an existing user.
 */
function hadRowAfterDeletion({ dynamodb }: World, { sub, deletedMs }: User): boolean {
  if (deletedMs === null) return false;
  const wasRemoved = dynamodb.removed.some((row) => row.sub === sub && row.removedMs > deletedMs);
  return wasRemoved || dynamodb.entitlements.has(sub);
}

/** Stripe lists an event for this long. */
const REFUNDABLE_MS = 30 * 86_400_000;

/** A purchase of an hour was used. The machines' clocks may differ by twenty minutes. */
const USED_MS = 80 * 60_000;

/**
 * Checks that no payment was refunded that its user had made long before requesting the deletion, unless the subscription
 * ended within the hour: once the deletion is done, only the end of a purchase shows how long its user had it.
 */
export function checkKeptPayments(world: World, user: User): void {
  const markedMs = world.dynamodb.marked.get(user.sub);
  if (markedMs === undefined || user.deletionRequestedMs === null) return;
  checkKeptSales(world, user, markedMs);
  for (const [id, payment] of world.stripe.payments) {
    const { sub, paidMs, refunded, isRefundedByPolicy } = payment;
    const endedAt = world.stripe.subscriptions.get(id)?.endedAt ?? Number.POSITIVE_INFINITY;
    const usedUntilMs = Math.min(markedMs, endedAt * 1000);
    const wasUsed = sub === user.sub && paidMs !== null && paidMs < usedUntilMs - USED_MS;
    // How much the policy refunds is another invariant.
    if (wasUsed && refunded && !isRefundedByPolicy)
      reportViolation(world, user, `10. the payment of ${id} is refunded after use`);
  }
}

/** Checks that each payment made after the account was marked for deletion was refunded. Its event must have been applied. */
export function checkRefunds(world: World, user: User): void {
  const markedMs = world.dynamodb.marked.get(user.sub);
  if (markedMs === undefined || hadRowAfterDeletion(world, user)) return;
  checkRefundedSales(world, user, markedMs);
  for (const [id, { sub, paidMs, refunded }] of world.stripe.payments) {
    if (sub !== user.sub || paidMs === null || paidMs < markedMs || !isOwn(world, user, id)) continue;
    // A person decides about a payment that was found so late.
    if (paidMs < world.context.timeline.nowMs - REFUNDABLE_MS) continue;
    const subscription = world.stripe.subscriptions.get(id);
    if (!refunded) reportViolation(world, user, `10. the payment of ${id} for a deleted account is kept`);
    if (subscription !== undefined && isBilled(subscription))
      reportViolation(world, user, `10. ${id} of a deleted account is billed`);
  }
}

/** What Stripe and the stores had, and how often that had changed, when a user requested a sync. */
export interface Picture {
  readonly events: number;
  readonly storeEvents: number;
  readonly hasProfile: boolean;
  /** What another writer had put into the row. */
  readonly statement: Statement | undefined;
}

export function pictureOf(world: World, { sub }: User): Picture {
  const profile = world.dynamodb.profiles.get(sub);
  const hasProfile = profile?.deletion === null && profile.customerId !== null;
  const statement = world.dynamodb.statements.get(sub);
  const storeEvents = world.stores.events.length;
  return { events: world.stripe.events.length, storeEvents, hasProfile, statement };
}

/** If nothing changed while a user's own sync ran, its answer is Stripe's state for the customers that the row lists. */
export function checkOwnSync(
  world: World,
  user: User,
  sync: {
    readonly before: Picture;
    readonly row: EntitlementRow | undefined;
    readonly answer: Functions['answer'];
  },
): void {
  const { before, row, answer } = sync;
  // Such a profile leads to another user's customer, and the contradiction is reported.
  if (user.profileContradicted) return;
  // Nothing is written for a user who is being deleted, or whose profile was lost while the sync ran.
  if (world.dynamodb.marked.has(user.sub) || !world.dynamodb.profiles.has(user.sub)) return;
  if (row === undefined || !before.hasProfile || world.stripe.events.length !== before.events) return;
  if (world.dynamodb.statements.get(user.sub) !== before.statement) return;
  if (world.stores.events.length === before.storeEvents) checkOwnStores(world, user, row);
  checkOwnSales(world, user, row);
  const { customers, subscriptions } = world.stripe;
  const listed = [...subscriptions.values()].filter(({ customerId }) => {
    const customer = customers.get(customerId);
    // A deleted customer names no user any more.
    const counts = customer?.deletedMs !== null || ownerOf(customer) === user.sub;
    return row.customerIds.includes(customerId) && counts;
  });
  const shown = row.claims.length === 0 ? [row] : row.claims;
  if (listed.length === 0 && shown.some(({ subscriptionId }) => subscriptionId !== null))
    reportViolation(world, user, '11. the answer to the own sync shows a subscription that does not exist');
  const now = Math.floor(world.context.timeline.nowMs / 1000);
  const isDenied = !answer(row, now, permissive).access_granted;
  for (const { pastDueSince: _, ...state } of expectedStates(listed)) {
    const claim = shown.find(({ subscriptionId }) => subscriptionId === state.subscriptionId);
    const wrong = claim === undefined ? `${state.subscriptionId} is absent` : differenceIn(state, claim);
    if (wrong !== '') reportViolation(world, user, `11. the answer to the own sync is old: ${wrong}`);
    const isPaid = state.stripeStatus === 'active' && state.cancelAt === null;
    if (isPaid && isDenied && now < (state.currentPeriodEnd ?? 0))
      reportViolation(world, user, '11. a user who returns from Checkout is not let in');
  }
}

/** The payment may have been reversed since, which only its own event shows. */
const permissive = {
  renewalGraceSeconds: 0,
  plans: {},
  rules: {
    past_due: 'granted',
    unpaid: 'granted',
    paused: 'granted',
    collection_paused: 'granted',
    payment_pending: 'granted',
    refunded: 'granted',
    dispute_open: 'granted',
    dispute_lost: 'granted',
    voided: 'granted',
    uncollectible: 'granted',
  },
} as const;
