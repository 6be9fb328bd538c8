/**
 * Opens a Checkout session so that no user pays twice: read Stripe, open the session, and read Stripe again before its
 * URL is returned. Nothing is stored or locked here; concurrent requests meet in Stripe's own lists of sessions and
 * subscriptions. A session whose URL was never returned cannot be paid, so the second read can still undo it.
 */
import type { RefusedTrial } from '../../contract/checkout.ts';
import type { PoolUser, UserReader } from '../account/pool-user.ts';
import type { ProfileStore } from '../account/profile.ts';
import type { Provisioned } from '../account/provision.ts';
import type {
  ComingReader,
  CustomerFinder,
  IncompleteCanceler,
  SubscriptionEnder,
  SubscriptionReader,
} from '../billing/billing.ts';
import type { Payer } from '../entitlement/answer.ts';
import type { EntitlementRow, EntitlementStore } from '../entitlement/row.ts';
import { isLimited, type Limited, limitRequest, type RequestCounter } from '../limits/request-limits.ts';
import { allowsOtherAccess, stateFor } from '../purchase/owned.ts';
import type { SaleRecord, SoldCustomers } from '../purchase/sale-record.ts';
import { mayHavePurchases } from '../sync/purchase-query.ts';
import { type Clock, nowSeconds } from '../system/clock.ts';
import type { CheckoutRequest } from './checkout-request.ts';
import { decide, reviewOpened, type StripeState } from './decide.ts';
import { openSession } from './open-session.ts';
import { ownCustomers, searchCustomers } from './own-customers.ts';
import { type AlreadyPurchased, noteSale, ownedBlocking, refuseOwner } from './owners.ts';
import { byStripe, type ElsewhereServices, payerElsewhere, refreshStores } from './payers.ts';
import { cancelAll, endReturned, expire, expireAll } from './replace.ts';
import { endsUnbilled, returnedSubscriptions } from './returned.ts';
import {
  type BillingReader,
  type Collection,
  collectionOf,
  needsBillingDetails,
  nothingCollected,
  type SaleTerms,
} from './sale-terms.ts';
import type { CheckoutSession, CheckoutSessions } from './sessions.ts';
import { readStripeState, reportLackOfComing } from './stripe-state.ts';
import { type SyncCustomer, syncUnseen } from './sync-unseen.ts';
import { bindSession, claimantOf, type TrialClaim } from './trial-claim.ts';
import { offerTrial, type TrialOffers, whyNoTrial } from './trial-offer.ts';

export interface CheckoutServices extends ElsewhereServices {
  readonly users: UserReader;
  readonly provision: (user: PoolUser) => Promise<Provisioned>;
  readonly profiles: Pick<ProfileStore, 'read'>;
  readonly entitlements: Pick<EntitlementStore, 'read'>;
  readonly billing: SubscriptionReader &
    ComingReader &
    IncompleteCanceler &
    SubscriptionEnder &
    BillingReader &
    SoldCustomers &
    Pick<CustomerFinder, 'findCustomers'>;
  readonly sessions: CheckoutSessions;
  readonly sales: SaleRecord;
  /** Null: this checkout grants no trials. */
  readonly trials: TrialOffers | null;
  readonly terms: SaleTerms;
  readonly hash: (text: string) => string;
  /** Writes what a customer pays for to the user's row. */
  readonly syncCustomer: SyncCustomer;
  readonly requests: Pick<RequestCounter, 'count' | 'isExhausted'>;
  readonly clock: Pick<Clock, 'nowMs' | 'within'>;
}

export type CheckoutOutcome =
  | {
      readonly kind: 'session';
      readonly session: CheckoutSession;
      /** Why the session has no trial. Null: it has one. */
      readonly noTrial: RefusedTrial['refused'] | null;
    }
  /** Without a source, other code or a person wrote it into the row, and it does not say who is paid. */
  | { readonly kind: 'already_subscribed'; readonly payer: Payer }
  | AlreadyPurchased
  /** The customer of the user's profile is another user's. */
  | { readonly kind: 'contradiction' }
  | Limited
  /** The account is deleted, being deleted or disabled. Its token is still valid for a while. */
  | { readonly kind: 'account_deleted' }
  /** A concurrent request of the same user opened another session. */
  | { readonly kind: 'in_progress' };

const MAX_ATTEMPTS = 4;

export function createCheckout(services: CheckoutServices) {
  return async (
    caller: { readonly sub: string; readonly username: string | null },
    request: CheckoutRequest,
  ): Promise<CheckoutOutcome> => {
    const exhausted = await isLimited(services, caller.sub, 'checkout');
    if (exhausted !== undefined) return exhausted;
    const user = await services.users.readUser(caller);
    if (user === undefined || user.sub !== caller.sub || !user.enabled) return { kind: 'account_deleted' };
    // Counted for existing users only, so that nothing is written for a deleted one.
    const limited = await limitRequest(services, user.sub, 'checkout');
    if (limited !== undefined) return limited;
    // At the same time, because each of them takes a call to Stripe.
    const [ready, found] = await Promise.all([services.provision(user), searchCustomers(services, user.sub)]);
    if (ready.kind === 'deleted') return { kind: 'account_deleted' };
    if (ready.kind === 'contradiction') return ready;
    await refreshStores(services, user.sub);
    const row = await services.entitlements.read(user.sub);
    const others = new Set([...(row?.customerIds ?? []), ...found]);
    others.delete(ready.customerId);
    const customerIds = [ready.customerId, ...(await ownCustomers(services, user.sub, [...others]))];
    const collection = await collectionFor(services, user, ready.customerId);
    // The customer was deleted since it was read.
    if (collection === 'missing') return { kind: 'in_progress' };
    const buyer = { user, row, customerIds, customerId: ready.customerId, request, collection };
    for (let attempts = 1; attempts <= MAX_ATTEMPTS; attempts += 1) {
      const outcome = await attempt(services, buyer);
      if (outcome !== 'retry') return outcome;
    }
    return { kind: 'in_progress' };
  };
}

interface Buyer {
  readonly user: PoolUser;
  readonly row: EntitlementRow | undefined;
  readonly customerIds: readonly string[];
  readonly customerId: string;
  readonly request: CheckoutRequest;
  readonly collection: Collection;
}

/** Only what the settings need is read. */
async function collectionFor(
  { billing, terms }: Pick<CheckoutServices, 'billing' | 'terms'>,
  user: PoolUser,
  customerId: string,
): Promise<Collection | 'missing'> {
  if (!needsBillingDetails(terms)) return nothingCollected;
  const details = await billing.readBillingDetails(customerId);
  return details === 'missing' ? details : collectionOf(terms, details, user);
}

async function attempt(services: CheckoutServices, buyer: Buyer): Promise<CheckoutOutcome | 'retry'> {
  // A session of other settings, or of a customer who has entered an address since, is not the same.
  const wanted = ['order', buyer.request, services.terms, buyer.collection];
  const fingerprint = services.hash(JSON.stringify(wanted)).slice(0, 32);
  const before = await readStripeState(services, stateQuery(buyer, buyer.row));
  if (before.lacksComing) reportLackOfComing(services, buyer.user.sub);
  const now = nowSeconds(services.clock);
  const elsewhere = payerElsewhere(services, buyer.row);
  const returned = await returnedSubscriptions(services, buyer.row, before.subscriptions);
  const blocking = ownedBlocking(services, buyer, before);
  if (blocking.length > 0) return refuseOwner(services, buyer, { state: before, owned: blocking });
  const state = stateFor({ ...before, returned, isPaidElsewhere: elsewhere !== undefined }, buyer.request);
  const decision = decide(state, fingerprint, now);
  if (decision.kind === 'refuse') {
    await expireAll(services, decision.expire);
    if (decision.by === 'other' && elsewhere !== undefined)
      return { kind: 'already_subscribed', payer: elsewhere };
    return refusePayer(services, buyer, before);
  }
  // One of them was completed at this moment, so there is a subscription now. Its payment may still be pending.
  if (!(await expireAll(services, decision.expire))) return 'retry';
  if (!(await endReturned(services, state))) return { kind: 'already_subscribed', payer: byStripe };
  if (decision.kind === 'open' && !(await cancelAll(services, decision.cancel))) return 'retry';
  if (decision.kind === 'offer')
    return offerSession(services, buyer, { session: decision.session, claim: undefined });
  // Whatever becomes of its events, each sync of the user reads what was bought from now on.
  if (!(await noteSale(services, buyer, now))) return { kind: 'in_progress' };
  const trial = await offerTrial(services, buyer, before);
  const opening = { fingerprint, trialDays: trial?.days ?? null, seen: before.sessions };
  const session = await openSession(services, { ...buyer, sub: buyer.user.sub }, opening);
  // The customer was deleted since it was read. The next request provisions another one, unless its user is deleted too.
  if (session === 'missing') return { kind: 'in_progress' };
  return confirmSession(services, buyer, { session, claim: trial?.claim, returned });
}

/** The row may not show yet what the user pays for, such as through a customer that no row lists. */
async function refusePayer(
  services: CheckoutServices,
  { user, row }: Pick<Buyer, 'user' | 'row'>,
  { subscriptions }: StripeState,
): Promise<CheckoutOutcome> {
  await syncUnseen(services, { sub: user.sub, row }, subscriptions);
  return { kind: 'already_subscribed', payer: byStripe };
}

function stateQuery({ user, customerIds, request }: Buyer, row: EntitlementRow | undefined) {
  const mayHaveBought = request.once !== undefined || (row !== undefined && mayHavePurchases(row));
  return { sub: user.sub, customerIds, mayHaveBought };
}

/** Reads Stripe, the profile and the row again, and offers the opened session only if nothing else has happened. */
async function confirmSession(
  services: CheckoutServices,
  buyer: Buyer,
  opened: {
    readonly session: CheckoutSession;
    readonly claim: TrialClaim | undefined;
    readonly returned: ReadonlySet<string>;
  },
): Promise<CheckoutOutcome | 'retry'> {
  const { session } = opened;
  const [after, profile, row] = await Promise.all([
    readStripeState(services, stateQuery(buyer, buyer.row)),
    services.profiles.read(buyer.user.sub),
    services.entitlements.read(buyer.user.sub),
  ]);
  // A deletion that began before this read is visible here. A deletion that begins later expires the session itself.
  if (profile === undefined || profile.deletion !== null) {
    await expire(services, session.id);
    return { kind: 'account_deleted' };
  }
  // The profile names another customer by now, whose subscriptions and sessions were not read. The next request uses that one.
  if (profile.customerId !== buyer.customerId) {
    await expire(services, session.id);
    return { kind: 'in_progress' };
  }
  // A purchase in a store, or another writer, came first.
  const elsewhere = payerElsewhere(services, row);
  if (elsewhere !== undefined && !allowsOtherAccess(buyer.request)) {
    await expire(services, session.id);
    return { kind: 'already_subscribed', payer: elsewhere };
  }
  // By now each of them ends before it bills again, unless someone has undone that.
  const ending = after.subscriptions.filter((one) => opened.returned.has(one.id) && endsUnbilled(one));
  const blocking = ownedBlocking(services, { ...buyer, row }, after);
  if (blocking.length > 0) return refuseOwner(services, { ...buyer, row }, { state: after, owned: blocking });
  const returned = new Set(ending.map(({ id }) => id));
  const review = reviewOpened(stateFor({ ...after, returned }, buyer.request), session);
  switch (review.kind) {
    case 'retry':
      return 'retry';
    case 'refuse':
      await expireAll(services, [...new Set([session.id, ...review.expire])]);
      return refusePayer(services, { ...buyer, row }, after);
    case 'superseded':
      await expire(services, session.id);
      return { kind: 'in_progress' };
    default: {
      if (await expireAll(services, review.expire)) return offerSession(services, buyer, opened);
      await expire(services, session.id);
      return 'retry';
    }
  }
}

/** Returns the session as the outcome. If it grants a trial, binds it to the person's claim before anyone can pay it. */
async function offerSession(
  services: CheckoutServices,
  buyer: Buyer,
  offer: {
    readonly session: CheckoutSession;
    /** The claim that this request created. Undefined for a session that an earlier request opened. */
    readonly claim: TrialClaim | undefined;
  },
): Promise<CheckoutOutcome> {
  const { session, claim } = offer;
  const { user } = buyer;
  if (session.trialDays === null) return { kind: 'session', session, noTrial: whyNoTrial(services, buyer) };
  const { trials, sessions } = services;
  const claimant = trials === null ? undefined : claimantOf(trials, user);
  if (trials !== null && claimant !== undefined) {
    const binding = { sessionId: session.id, seen: claim };
    if ((await bindSession({ ...trials, sessions }, claimant, binding)) === 'bound') {
      return { kind: 'session', session, noTrial: null };
    }
  }
  // Another tab or account of the same person was faster, or this checkout no longer grants trials.
  await expire(services, session.id);
  return { kind: 'in_progress' };
}
