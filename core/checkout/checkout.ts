/**
 * Opens a Checkout session, so that nobody can pay twice: look, open, and look again before the address is given out.
 * Nothing is stored or locked here; Stripe's own list of sessions and subscriptions is what rivals meet in. A session
 * of which nobody has the address cannot be paid, so what the second look finds is not too late to be undone.
 */
import type { PoolUser, UserReader } from '../account/pool-user.ts';
import type { ProfileStore } from '../account/profile.ts';
import type { Provisioned } from '../account/provision.ts';
import type { SubscriptionCanceler, SubscriptionReader } from '../billing/billing.ts';
import type { EntitlementRow, EntitlementStore } from '../entitlement/row.ts';
import { type Clock, nowSeconds } from '../system/clock.ts';
import type { Log } from '../system/log.ts';
import type { CheckoutRequest } from './checkout-request.ts';
import { decide, reviewOpened, type StripeState } from './decide.ts';
import type { CheckoutSession, CheckoutSessions } from './sessions.ts';
import {
  bindSession,
  claimantOf,
  claimTrial,
  hasUnrecordedTrial,
  recordTrial,
  type TrialClaim,
  type TrialServices,
} from './trial-claim.ts';

export interface CheckoutServices {
  readonly users: UserReader;
  readonly provision: (user: PoolUser) => Promise<Provisioned>;
  readonly profiles: Pick<ProfileStore, 'read'>;
  readonly entitlements: Pick<EntitlementStore, 'read'>;
  readonly billing: SubscriptionReader & SubscriptionCanceler;
  readonly sessions: CheckoutSessions;
  /** `null`: no trials are given. */
  readonly trials: (Omit<TrialServices, 'sessions'> & { readonly days: number }) | null;
  readonly hash: (text: string) => string;
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly log: Log;
}

export type CheckoutOutcome =
  | { readonly kind: 'session'; readonly session: CheckoutSession }
  | { readonly kind: 'already_subscribed' }
  /** The account is deleted, disabled, or being deleted: its token outlives it. */
  | { readonly kind: 'account_deleted' }
  /** Another checkout of the same user was opened at the same moment, for something else. */
  | { readonly kind: 'in_progress' };

const MAX_TRIES = 4;
const SESSION_SECONDS = 3_600;
/** The end is the same for a double click, so that both are the same request. */
const END_STEP_SECONDS = 600;

export function createCheckout(services: CheckoutServices) {
  return async (
    named: { readonly sub: string; readonly username: string | null },
    request: CheckoutRequest,
  ): Promise<CheckoutOutcome> => {
    const user = await services.users.readUser(named);
    if (user === undefined || user.sub !== named.sub || !user.enabled) return { kind: 'account_deleted' };
    const ready = await services.provision(user);
    if (ready.kind === 'deleted') return { kind: 'account_deleted' };
    const row = await services.entitlements.read(user.sub);
    const customerIds = [...new Set([ready.customerId, ...(row?.customerIds ?? [])])];
    const buyer = { user, row, customerIds, customerId: ready.customerId, request };
    for (let tries = 1; tries <= MAX_TRIES; tries += 1) {
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
}

async function attempt(services: CheckoutServices, buyer: Buyer): Promise<CheckoutOutcome | 'retry'> {
  const fingerprint = services.hash(JSON.stringify(['order', buyer.request])).slice(0, 32);
  const before = await readStripeState(services, buyer.customerIds);
  const plan = decide(before, fingerprint, nowSeconds(services.clock));
  if (plan.kind === 'refuse') {
    await expireAll(services, plan.expire);
    return { kind: 'already_subscribed' };
  }
  if (plan.kind === 'open') {
    await Promise.all(plan.cancel.map((id) => services.billing.cancelSubscription(id)));
  }
  // Completed in this moment: there is a subscription now.
  if (!(await expireAll(services, plan.expire))) return 'retry';
  if (plan.kind === 'offer')
    return offerSession(services, buyer, { session: plan.session, claim: undefined });
  const claim = await claimFor(services, buyer, before);
  const session = await openSession(services, buyer, { fingerprint, claim, before });
  return confirmSession(services, buyer, { session, claim });
}

async function readStripeState(
  services: CheckoutServices,
  customerIds: readonly string[],
): Promise<StripeState> {
  // In this order: a session completed before the first look has made its subscription before the second.
  const sessions = await Promise.all(customerIds.map((id) => services.sessions.list(id)));
  const lists = await Promise.all(customerIds.map((id) => services.billing.listSubscriptions(id)));
  return {
    subscriptions: lists.flatMap((list) => (list === 'missing' ? [] : list.subscriptions)),
    sessions: sessions.flatMap((list) => (list === 'missing' ? [] : list)),
  };
}

/** Whether all of them expired, rather than having been completed. */
async function expireAll(services: CheckoutServices, ids: readonly string[]): Promise<boolean> {
  const results = await Promise.all(ids.map((id) => services.sessions.expire(id)));
  return results.every((result) => result === 'expired');
}

/** A trial, if the person never had one: not by Stripe's word, not by the row's, and not by an earlier claim. */
async function claimFor(
  services: CheckoutServices,
  { user, row, customerId }: Buyer,
  before: StripeState,
): Promise<TrialClaim | undefined> {
  if (services.trials === null) return undefined;
  const at = { customerId, nowSeconds: nowSeconds(services.clock) };
  if (before.subscriptions.some(({ trialEnd }) => trialEnd !== null) || hadTrial(row)) {
    // The row tells of the newest subscription alone, and goes with the account: the claim stays.
    if (await hasUnrecordedTrial(services.trials, user)) await recordTrial(services.trials, user, at);
    return undefined;
  }
  return claimTrial({ ...services.trials, sessions: services.sessions }, user, at);
}

/** Also one that the app gave, whose end its row may not tell. */
function hadTrial(row: EntitlementRow | undefined): boolean {
  if (row === undefined) return false;
  return row.trialExpiresAt !== null || row.status === 'trialing' || row.status === 'trial_expired';
}

async function openSession(
  services: CheckoutServices,
  { user, customerId, request }: Buyer,
  terms: {
    readonly fingerprint: string;
    readonly claim: TrialClaim | undefined;
    readonly before: StripeState;
  },
): Promise<CheckoutSession> {
  const { fingerprint, claim, before } = terms;
  const now = nowSeconds(services.clock);
  const expiresAt = Math.ceil(now / END_STEP_SECONDS) * END_STEP_SECONDS + SESSION_SECONDS;
  const trialDays = claim === undefined || services.trials === null ? null : services.trials.days;
  const order = { ...request, sub: user.sub, customerId, fingerprint, trialDays, expiresAt };
  // A double click finds the same newest session and is one request; a later wish finds another.
  const newest =
    before.sessions
      .map(({ id, createdAt }) => `${createdAt} ${id}`)
      .sort()
      .at(-1) ?? '';
  const key = services.hash(JSON.stringify(['session', order, newest]));
  return services.sessions.open(order, `checkout-${key}`);
}

async function confirmSession(
  services: CheckoutServices,
  buyer: Buyer,
  opened: { readonly session: CheckoutSession; readonly claim: TrialClaim | undefined },
): Promise<CheckoutOutcome | 'retry'> {
  const { session } = opened;
  const [after, profile] = await Promise.all([
    readStripeState(services, buyer.customerIds),
    services.profiles.read(buyer.user.sub),
  ]);
  // A deletion that began before this look sees the session; one that begins after it, expires it.
  if (profile === undefined || profile.deletion !== null) {
    await services.sessions.expire(session.id);
    return { kind: 'account_deleted' };
  }
  const verdict = reviewOpened(after, session);
  switch (verdict.kind) {
    case 'retry':
      return 'retry';
    case 'refuse':
      await expireAll(services, [...new Set([session.id, ...verdict.expire])]);
      return { kind: 'already_subscribed' };
    case 'superseded':
      await services.sessions.expire(session.id);
      return { kind: 'in_progress' };
    default: {
      if (await expireAll(services, verdict.expire)) return offerSession(services, buyer, opened);
      await services.sessions.expire(session.id);
      return 'retry';
    }
  }
}

/** What gives a trial is named on the person's claim before anybody can pay it. */
async function offerSession(
  services: CheckoutServices,
  { user }: Buyer,
  offer: {
    readonly session: CheckoutSession;
    /** As it was made for this session; one that is offered again was opened by an earlier call. */
    readonly claim: TrialClaim | undefined;
  },
): Promise<CheckoutOutcome> {
  const { session, claim } = offer;
  const outcome = { kind: 'session', session } as const;
  if (!session.givesTrial) return outcome;
  const { trials, sessions } = services;
  const claimant = trials === null ? undefined : claimantOf(trials, user);
  if (trials !== null && claimant !== undefined) {
    const named = { sessionId: session.id, seen: claim };
    if ((await bindSession({ ...trials, sessions }, claimant, named)) === 'bound') return outcome;
  }
  // The person's other tab, or other account, was quicker; or trials are given no more.
  await sessions.expire(session.id);
  return { kind: 'in_progress' };
}
