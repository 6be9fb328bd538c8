/** What Stripe and the other sources have of a user, and what that means according to the oracle. */
import { recordsName } from '../core/account/customer-index.ts';
import type { EntitlementRow } from '../core/entitlement/row.ts';
import type { Subscription } from '../core/subscription/subscription.ts';
import { keysOfPrices } from './actions/new-subscription.ts';
import { keysOfSales } from './actions/one-time-prices.ts';
import type { Facts, Purchase } from './oracle/answer.ts';
import { expectedOfGrants } from './oracle/grants.ts';
import { expectedOfSales, type OneTimeSale } from './oracle/sales.ts';
import { type ExpectedState, expectedStates, isRunning, noSubscription } from './oracle/state.ts';
import { expectedOfStores, hasBegunInStores, isTrialUnclearInStores } from './store-state.ts';
import type { User, World } from './world.ts';
import { featuresOf } from './worlds/features.ts';
import { type Customer, ownerOf, reversalOf } from './worlds/stripe.ts';

/** The largest lag of Stripe's search, and a second. What is younger may be missed. */
export const SEARCH_LAG_MS = 61_000;

export function liveCustomersOf(world: World, user: User): readonly Customer[] {
  return [...world.stripe.customers.values()].filter(
    (customer) => ownerOf(customer) === user.sub && customer.deletedMs === null,
  );
}

export function subscriptionsOf(world: World, user: User): readonly Subscription[] {
  return [...world.stripe.subscriptions.values()].filter(({ customerId }) => {
    const customer = world.stripe.customers.get(customerId);
    return customer !== undefined && ownerOf(customer) === user.sub;
  });
}

/** Whether the subscription is billed or can become so. */
export function isBilled(subscription: Subscription): boolean {
  return isRunning(subscription) || subscription.status === 'incomplete';
}

/**
 * Returns the facts that decide on the user's row and access: the subscriptions of the user's existing customers, the
 * ended ones of deleted customers that the row lists, the purchases in stores, the grants, and what others wrote. A deleted
 * customer names no user any more.
 */
export function factsOf(world: World, user: User, row: EntitlementRow | undefined): Facts {
  const { customers, subscriptions } = world.stripe;
  const counts = (id: string): boolean => {
    const customer = customers.get(id);
    if (customer === undefined) return false;
    return customer.deletedMs === null
      ? ownerOf(customer) === user.sub
      : (row?.customerIds.includes(id) ?? false);
  };
  const own = [...subscriptions.values()].filter(({ customerId }) => counts(customerId));
  const bought = expectedStates(own).map((state) => purchaseOf(world, state, row));
  const sold = expectedOfSales(salesOf(world, user, row));
  const inStores = expectedOfStores(world, user, row);
  const written = statementOf(world, user, own);
  const given = expectedOfGrants(world.dynamodb.grants.get(user.sub) ?? []);
  const features = liveCustomersOf(world, user).flatMap(({ id }) => featuresOf(world.stripe, id));
  const purchases = [...bought, ...sold, ...inStores, ...given, ...written];
  return { purchases, features: [...new Set(features)], otherNames: otherNamesOf(inStores) };
}

/**
 * Returns what the user has bought once and paid. A customer that a person has deleted takes nothing of it away, as long as the row
 * knows it.
 */
export function salesOf(world: World, user: User, row: EntitlementRow | undefined): readonly OneTimeSale[] {
  const known = row?.claims.map(({ origin }) => origin?.id) ?? [];
  return [...world.stripe.sales.values()].flatMap((sale) => {
    const customer = world.stripe.customers.get(sale.customerId);
    const counts =
      customer?.deletedMs === null ? ownerOf(customer) === user.sub : known.includes(sale.sessionId);
    if (!counts || sale.paidMs === null) return [];
    const { price, keys, quantity, access, features } = sale.terms;
    const paidAt = Math.floor(sale.chargedMs / 1000);
    const days = access?.kind === 'days' ? access.days : null;
    const about = { id: sale.sessionId, price, product: keys.at(-1) ?? '', quantity, days, features };
    return [{ ...about, paidAt, reversal: sale.reversal }];
  });
}

/** Of a product in a store, what any purchase of it unlocks. */
function otherNamesOf(inStores: readonly Purchase[]): Readonly<Record<string, readonly string[]>> {
  const names: Record<string, readonly string[]> = { ...keysOfPrices, ...keysOfSales };
  for (const { state, origin } of inStores) {
    if (state.plan !== null) names[state.plan] = [...(names[state.plan] ?? []), ...(origin?.features ?? [])];
  }
  return names;
}

function purchaseOf(world: World, expected: ExpectedState, row: EntitlementRow | undefined): Purchase {
  const state = withEarlierFailure(world, expected, row);
  const subscription = world.stripe.subscriptions.get(state.subscriptionId ?? '');
  const isPaidFor = subscription !== undefined && isRunning(subscription);
  return { state, reversal: isPaidFor ? reversalOf(world.stripe, subscription) : null };
}

function hasBegunSince(
  shown: readonly string[],
  { subscriptionId, stripeStatus }: Pick<ExpectedState, 'subscriptionId' | 'stripeStatus'>,
): boolean {
  const isAttempt = stripeStatus === 'incomplete' || stripeStatus === 'incomplete_expired';
  return subscriptionId !== null && !shown.includes(subscriptionId) && !isAttempt;
}

/**
 * Whether a subscription of the user began and ended since the app granted a trial, while another one continued. Only whether
 * a sync ran in between decides if it ended the trial.
 */
export function isTrialUnclear(world: World, user: User): boolean {
  const { dynamodb, stripe } = world;
  const statement = dynamodb.statements.get(user.sub);
  if (statement === undefined || statement.plan !== null) return false;
  if (isTrialUnclearInStores(world, user, statement.shown)) return true;
  const row = dynamodb.entitlements.get(user.sub);
  return [...stripe.subscriptions.values()].some(({ id, status, customerId }) => {
    const isEnded =
      hasBegunSince(statement.shown, { subscriptionId: id, stripeStatus: status }) && status === 'canceled';
    return isEnded && row?.customerIds.includes(customerId) === true;
  });
}

/** What other code, a person or sign-up wrote into the row last. The app's own trial ends with the next purchase. */
function statementOf(world: World, user: User, own: readonly Subscription[]): readonly Purchase[] {
  const statement = world.dynamodb.statements.get(user.sub);
  if (statement === undefined || statement.status === 'none') return [];
  const isTrial = statement.plan === null && ['trialing', 'trial_expired'].includes(statement.status);
  const { version: _, shown, ...written } = statement;
  const sold = salesOf(world, user, world.dynamodb.entitlements.get(user.sub));
  const began =
    sold.some(({ id }) => !shown.includes(id)) ||
    expectedStates(own).some((state) => hasBegunSince(shown, state)) ||
    hasBegunInStores(world, user, shown);
  return isTrial && began ? [] : [{ state: { ...noSubscription, ...written }, reversal: null }];
}

/**
 * A subscription that recovers and fails again between two syncs looks to them like one that never recovered. So the row
 * may keep the earlier end of the paid time.
 */
function withEarlierFailure(
  world: World,
  state: ExpectedState,
  row: EntitlementRow | undefined,
): ExpectedState {
  // The invoices say since when the oldest of them is late.
  const { lateSince = null } = world.stripe.subscriptions.get(state.subscriptionId ?? '') ?? {};
  if (lateSince !== null) return state;
  const claims = row === undefined ? [] : [row, ...row.claims];
  const since = claims.find(({ subscriptionId }) => subscriptionId === state.subscriptionId)?.pastDueSince;
  if (state.pastDueSince === null || since === null || since === undefined) return state;
  const known = world.stripe.unpaidPeriods.get(state.subscriptionId ?? '');
  return known?.has(since) === true ? { ...state, pastDueSince: since } : state;
}

/** Returns the user of a customer that names no one and to which the index did not lead yet. The reconcile writes its item. */
export function unindexedOwner(
  { stripe, dynamodb }: World,
  { customerId, sync: { kind } }: { readonly customerId: string; readonly sync: { readonly kind: string } },
): string | undefined {
  const sub = stripe.customers.get(customerId)?.erasedSub ?? null;
  if (kind !== 'unknown_customer' || sub === null) return undefined;
  const records = { row: dynamodb.entitlements.get(sub), profile: dynamodb.profiles.get(sub) };
  const isIndexed = dynamodb.index.get(customerId)?.includes(sub) === true;
  return isIndexed && recordsName(records, customerId) ? undefined : sub;
}
