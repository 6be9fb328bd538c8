/** Collects what all sources say about a user's access, and orders it. Pure. */
import { isKnownStatus, meaningOf, neverBegan } from '../subscription/status.ts';
import { access, paidUntil, trialEnd } from './access.ts';
import { withPlanKeys } from './plan-keys.ts';
import type { AccessPolicy } from './policy.ts';
import {
  type AccessState,
  type Claim,
  type ClaimSource,
  claimSources,
  type EntitlementRow,
  emptySubscriptionState,
  type Reversal,
} from './row.ts';
import { accessStateOf, stateDiffers } from './state-fields.ts';

/** What other writers write. All other attributes are this service's own. */
const sharedFields = ['status', 'plan', 'currentPeriodEnd', 'trialExpiresAt'] as const;
type SharedState = Pick<AccessState, (typeof sharedFields)[number]>;

/** The parts of a row from which its claims follow. */
export type ClaimedRow = Omit<Claim, 'source' | 'origin'> &
  Pick<EntitlementRow, 'claims' | 'history' | 'unreadable' | 'blankEnd' | 'planKeys'>;

/**
 * Returns the claims of a row, the deciding one first. If another writer has changed the row since the last sync, what is
 * written there is a claim of its own, in addition to what this service knows. It replaces what another writer said before.
 */
export function claimsOf(row: ClaimedRow): readonly Claim[] {
  const own = ownClaims(row);
  if (!isChangedByOther(row)) return own;
  const ofSources = own.filter(isOfSource);
  const written = writtenIn(row, own);
  const isNothing =
    written === undefined || payers.some((payer) => isCopy(written, soldIn(ofSources, payer)));
  return inOrder(isNothing ? ofSources : [...ofSources, written]);
}

/** The sources that sell something. */
const payers = ['stripe', 'revenuecat'] as const;

/** Whether a source that this service asks, or the `grant` command, makes the claim. No other writer replaces it. */
function isOfSource({ source }: Claim): boolean {
  return source !== 'other_writer' && source !== 'trial';
}

/** What a source has sold to a user: in Stripe, in subscriptions that began. */
export interface Sold {
  readonly by: 'stripe' | 'revenuecat';
  /** The ids of the purchases, and of their prices or products. */
  readonly ids: ReadonlySet<string>;
  /** The latest end of their periods. 0: none is known. */
  readonly until: number;
}

function soldIn(claims: readonly Claim[], by: Sold['by']): Sold {
  const own = claims.filter(({ source }) => source === by);
  return by === 'stripe' ? soldByStripe(own) : soldInStores(own);
}

function soldByStripe(ofStripe: readonly Claim[]): Sold {
  const begun = ofStripe.filter(({ stripeStatus }) => hasBegun(stripeStatus));
  const ends = begun.map(({ currentPeriodEnd }) => currentPeriodEnd ?? 0);
  return { by: 'stripe', ids: new Set(begun.flatMap(idsIn)), until: Math.max(0, ...ends) };
}

/** What is owned has no end. */
function soldInStores(ofStores: readonly Claim[]): Sold {
  const ends = ofStores.map(
    ({ status, currentPeriodEnd }) =>
      currentPeriodEnd ?? (status === 'active' ? Number.POSITIVE_INFINITY : 0),
  );
  return { by: 'revenuecat', ids: new Set(ofStores.flatMap(idsIn)), until: Math.max(0, ...ends) };
}

/**
 * Other code that copies a source's state into the row says nothing of its own. A copy ends no later than what it copies. Only
 * Stripe's state was ever copied without an end: a person who sets a row to active by hand may name any product of a store.
 */
export function isCopy(claim: Claim, sold: Sold): boolean {
  if (claim.source !== 'other_writer') return false;
  const end = paidUntil(claim);
  const isNamed = idsIn(claim).some((id) => sold.ids.has(id));
  if (end !== null) return isNamed && end <= sold.until;
  // An id in Stripe's form is a copy too: the price may have been replaced in the same subscription.
  const isOldPrice = sold.ids.size > 0 && /^(?:price|plan)_/.test(claim.plan ?? '');
  return sold.by === 'stripe' && (isNamed || isOldPrice);
}

/** Whether another writer has changed the row since this service last wrote it. */
function isChangedByOther(row: ClaimedRow): boolean {
  const last = row.history.at(-1)?.after;
  // A row without a history holds a subscription of Stripe only if this service wrote it.
  if (last === undefined) return row.stripeStatus === null;
  return row.unreadable || sharedFields.some((name) => last[name] !== row[name]);
}

/** Returns what is written in the row as a claim. Undefined: it means nothing. */
function writtenIn(row: ClaimedRow, own: readonly Claim[]): Claim | undefined {
  if (row.status === 'none') return undefined;
  const last = row.history.at(-1)?.after;
  const blank = row.blankEnd === true ? { blankEnd: row.blankEnd } : {};
  const claim = { ...claimOfOther(row, row.unreadable), ...blank };
  // Once a sync has kept it, the row no longer shows that its end was blank.
  const kept = own.find((one) => one.blankEnd === true && !stateDiffers(one, claim, 'access'));
  if (kept !== undefined) return kept;
  if (last === undefined) {
    // This service has written nothing yet, so all of the row is the other writer's.
    const { cancelAtPeriodEnd, quantity, addOns } = row;
    return { ...accessStateOf(row), cancelAtPeriodEnd, quantity, addOns, source: claim.source, ...blank };
  }
  // An update that leaves the plan as it is continues what the same writer said before, which need not be what the row shows.
  const former = own.find(({ source }) => source === 'other_writer');
  return former === undefined || row.plan !== last.plan ? claim : { ...claim, plan: former.plan };
}

/**
 * Returns the claim of a payer other than Stripe, or of other code that gives access which may have been paid for. What was
 * given away, by a promotion or a grant, keeps no one from buying.
 */
export function paidElsewhere(row: ClaimedRow, nowSeconds: number, policy: AccessPolicy): Claim | undefined {
  const ofOthers = claimsOf(row).filter(({ source, origin }) => {
    return source === 'other_writer' || (source === 'revenuecat' && origin?.store !== 'promotional');
  });
  const { granted, by } = access(ofOthers, nowSeconds, withPlanKeys(policy, row.planKeys));
  if (granted) return by;
  return ofOthers.find((claim) => claim.origin?.continues ?? mayContinue(claim, nowSeconds));
}

/** Whether the status is a live one and the end has not passed. Only what is active can be without an end. */
export function mayContinue(claim: AccessState, nowSeconds: number): boolean {
  const end = claim.status === 'trialing' ? trialEnd(claim) : paidUntil(claim);
  const isLive = liveStatuses.has(claim.status) && claim.unreadable !== true;
  return isLive && (end === null ? claim.status === 'active' : nowSeconds < end);
}

/**
 * What other code writes for an entitlement that gives nothing. Any other status that this version does not know may have been
 * meant to give access.
 */
const endedStatuses: ReadonlySet<string> = new Set([
  'none',
  'inactive',
  'trial_expired',
  'expired',
  'ended',
  'cancelled', // lint-words: allow (as others spell it)
  'revoked',
  'refunded',
  'free',
]);

/** Whether other code wrote something that gives no access, or never ends, because of how it is written. */
export function isUnclear({ source, status, unreadable, blankEnd }: Claim): boolean {
  if (source !== 'other_writer' && source !== 'trial') return false;
  if (!isKnownStatus(status)) return !endedStatuses.has(status.trim().toLowerCase());
  return liveStatuses.has(status) && (unreadable === true || blankEnd === true);
}

const liveStatuses: ReadonlySet<string> = new Set(['active', 'trialing', 'past_due']);

/** Whether something was bought. A status that this version does not know may mean anything. */
export function hasBegun(stripeStatus: string | null): boolean {
  return stripeStatus !== null && isKnownStatus(stripeStatus) && !neverBegan(stripeStatus);
}

/** Returns every subscription that the row shows, or has shown as far back as its history reaches. */
export function subscriptionsIn(row: ClaimedRow): readonly string[] {
  return statesIn(row)
    .map(({ subscriptionId }) => subscriptionId)
    .filter((id) => id !== null);
}

/** Returns those that had begun by then. */
export function begunIn(row: ClaimedRow): readonly (string | null)[] {
  const begun = statesIn(row).filter(({ stripeStatus }) => hasBegun(stripeStatus));
  return begun.map(({ subscriptionId }) => subscriptionId);
}

/** Returns what the row shows, and has shown as far back as its history reaches. */
export function statesIn(row: ClaimedRow): readonly AccessState[] {
  const past = row.history.flatMap(({ after, others = [] }) => [after, ...others]);
  return [row, ...claimsOf(row), ...past];
}

function idsIn({ plan, subscriptionId, origin }: Claim): readonly string[] {
  return [plan, subscriptionId, origin?.id ?? null].filter((id) => id !== null);
}

/** Whether a sync has yet to keep what another writer has put into the row. */
export function isForeign(row: ClaimedRow): boolean {
  if (!isChangedByOther(row)) return false;
  const written = writtenIn(row, ownClaims(row));
  const kept = row.claims.filter(({ source }) => source !== 'stripe');
  return written !== undefined && !kept.some((claim) => !stateDiffers(claim, written, 'access'));
}

/** Whether a sync has kept what another writer said before, so that a further statement is nothing new. */
export function isKnownWriter(row: ClaimedRow): boolean {
  return row.claims.some((claim) => !isOfSource(claim));
}

/** What this service last wrote. A row with a single claim of Stripe's does not repeat it. */
function ownClaims(row: ClaimedRow): readonly Claim[] {
  const recorded = row.history.at(-1)?.after;
  const [first] = row.claims;
  // Version 0.1 writes the state and the history, and leaves claims behind that do not belong to them.
  const isCurrent =
    recorded === undefined ||
    (first !== undefined && !stateDiffers(accessStateOf(first), recorded, 'access'));
  if (first !== undefined && isCurrent) return row.claims;
  const last = (isChangedByOther(row) ? recorded : undefined) ?? accessStateOf(row);
  if (isAppTrial(last) && neverBegan(last.stripeStatus)) return [claimOfOther(last, false)];
  if (last.stripeStatus === null) return last.status === 'none' ? [] : [claimOfOther(last, false)];
  const { cancelAtPeriodEnd, quantity, addOns } = row;
  return [{ source: 'stripe', ...last, cancelAtPeriodEnd, quantity, addOns }];
}

/** Only the shared fields count: the others are what this service wrote about something else. */
function claimOfOther(state: SharedState, unreadable: boolean): Claim {
  const { plan, currentPeriodEnd, trialExpiresAt } = state;
  const source: ClaimSource = isAppTrial(state) ? 'trial' : 'other_writer';
  const shared = { status: state.status, plan, currentPeriodEnd, trialExpiresAt };
  return { ...emptySubscriptionState, reversal: null, ...shared, source, unreadable };
}

/** A free trial that the app granted before anything was bought. */
function isAppTrial({ status, plan }: SharedState): boolean {
  return (status === 'trialing' || status === 'trial_expired') && plan === null;
}

/**
 * Orders claims: the best status first, a reversed payment after one that is not, a known plan before none, then the one that
 * lasts longest, and then by their sources, so that the order does not depend on which source was read last. Equals of one
 * source keep their order.
 */
export function inOrder(claims: readonly Claim[]): readonly Claim[] {
  return [...claims].sort((a, b) => {
    return (
      Number(givesFeaturesOnly(a)) - Number(givesFeaturesOnly(b)) ||
      rankOf(a) - rankOf(b) ||
      Number(isReversed(a.reversal)) - Number(isReversed(b.reversal)) ||
      Number(a.plan === null) - Number(b.plan === null) ||
      compareEnds(endOf(b), endOf(a)) ||
      claimSources.indexOf(a.source) - claimSources.indexOf(b.source)
    );
  });
}

/** Whether it was bought once and lets no one in: it never decides. */
export function givesFeaturesOnly({ source, status }: Claim): boolean {
  return source === 'purchase' && status === 'none';
}

/** The ranks of Stripe's statuses, which those of other writers resemble. */
function rankOf({ source, status, stripeStatus }: Claim): number {
  if (source === 'stripe') return meaningOf(stripeStatus ?? '').rank;
  return meaningOf(status === 'trial_expired' ? 'canceled' : status).rank;
}

/** Whether what was paid went back to the user. */
export function isReturned(reversal: Reversal | null): reversal is 'refunded' | 'dispute_lost' {
  return reversal === 'refunded' || reversal === 'dispute_lost';
}

/** Whether it ends before it bills again. A later end announces some more bills. */
export function endsWithPeriod({ cancelAt, currentPeriodEnd }: AccessState): boolean {
  return cancelAt !== null && (currentPeriodEnd === null || cancelAt <= currentPeriodEnd);
}

function isReversed(reversal: Reversal | null): boolean {
  return isReturned(reversal) || reversal === 'uncollectible';
}

/** Without an end, a claim lasts longer than any other. */
function endOf(claim: Claim): number {
  const end = claim.status === 'trialing' ? trialEnd(claim) : paidUntil(claim);
  return end ?? Number.POSITIVE_INFINITY;
}

/** The difference of two infinite ends is not a number. */
function compareEnds(a: number, b: number): number {
  return a === b ? 0 : a - b;
}
