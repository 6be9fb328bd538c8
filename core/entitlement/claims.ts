/** Collects what all sources say about a user's access, and orders it. Pure. */
import { meaningOf, neverBegan } from '../subscription/status.ts';
import { paidUntil, trialEnd } from './access.ts';
import type { AccessState, Claim, ClaimSource, EntitlementRow, Reversal } from './row.ts';
import { accessStateOf, stateDiffers } from './state-fields.ts';

/** What other writers write. All other attributes are this service's own. */
const sharedFields = ['status', 'plan', 'currentPeriodEnd', 'trialExpiresAt'] as const;
type SharedState = Pick<AccessState, (typeof sharedFields)[number]>;

/** The parts of a row from which its claims follow. */
export type ClaimedRow = Omit<Claim, 'source'> & Pick<EntitlementRow, 'claims' | 'history' | 'unreadable'>;

/**
 * Returns the claims of a row, the deciding one first. If another writer has changed the row since the last sync, what is
 * written there is a claim of its own, in addition to what this service knows.
 */
export function claimsOf(row: ClaimedRow): readonly Claim[] {
  const own = ownClaims(row);
  const written = writtenByOther(row);
  if (written === undefined) return own;
  // It replaces what another writer said before.
  const ofStripe = own.filter(({ source }) => source === 'stripe');
  return union(ofStripe, written, new Set(ofStripe.flatMap(idsIn)));
}

/**
 * Returns the claims of Stripe and of others together, in order. Without those about a subscription or a price that Stripe
 * has sold to the user: other code that copies Stripe's state into the row says nothing of its own. And without a trial that
 * the app granted, if a subscription began. An attempt to pay does not end one.
 */
export function union(
  ofStripe: readonly Claim[],
  others: readonly Claim[],
  sold: ReadonlySet<string>,
): readonly Claim[] {
  const began = ofStripe.some(({ stripeStatus }) => !neverBegan(stripeStatus));
  const kept = others.filter((claim) => {
    const isCopy = idsIn(claim).some((id) => sold.has(id));
    return !isCopy && !(began && claim.source === 'trial');
  });
  return inOrder([...ofStripe, ...kept]);
}

/**
 * Returns the claim that another writer has put into the row since this service last wrote it, or none if what is written
 * there means nothing. Undefined: no other writer has changed the row.
 */
function writtenByOther(row: ClaimedRow): readonly Claim[] | undefined {
  const last = row.history.at(-1)?.after;
  // A row without a history holds a subscription of Stripe only if this service wrote it.
  const isOwn =
    last === undefined ? row.stripeStatus !== null : sharedFields.every((name) => last[name] === row[name]);
  if (isOwn) return undefined;
  if (row.status === 'none') return [];
  const claim = claimOfOther(row, row.unreadable);
  if (last !== undefined) return [claim];
  // This service has written nothing yet, so all of the row is the other writer's.
  const { source, status } = claim;
  const { cancelAtPeriodEnd, quantity, addOns } = row;
  return [{ source, ...accessStateOf(row), cancelAtPeriodEnd, quantity, addOns, status }];
}

/** Whether someone other than Stripe is paid by the user, or gives the access, and has not ended it by itself. */
export function isPaidElsewhere(row: ClaimedRow, nowSeconds: number): boolean {
  return claimsOf(row).some((claim) => claim.source === 'other_writer' && mayContinue(claim, nowSeconds));
}

/** Whether the status is a live one and the end, if there is one, has not passed. */
export function mayContinue(claim: AccessState, nowSeconds: number): boolean {
  const end = claim.status === 'trialing' ? trialEnd(claim) : paidUntil(claim);
  const isLive = ['active', 'trialing', 'past_due'].includes(claim.status);
  return isLive && (end === null || nowSeconds < end);
}

/** Whether a sync has yet to keep what another writer has put into the row. */
export function isForeign(row: ClaimedRow): boolean {
  const kept = row.claims.filter(({ source }) => source !== 'stripe');
  const written = writtenByOther(row) ?? [];
  return written.some((claim) => !kept.some((one) => !stateDiffers(one, claim, 'access')));
}

/** Returns every subscription that the row shows, or has shown as far back as its history reaches. */
export function subscriptionsIn(row: ClaimedRow): readonly string[] {
  const past = row.history.flatMap(({ after, others = [] }) => [after, ...others]);
  const ids = [row, ...claimsOf(row), ...past].map(({ subscriptionId }) => subscriptionId);
  return ids.filter((id) => id !== null);
}

function idsIn({ plan, subscriptionId }: Claim): readonly string[] {
  return [plan, subscriptionId].filter((id) => id !== null);
}

/** What this service last wrote. A row with a single claim of Stripe's does not repeat it. */
function ownClaims(row: ClaimedRow): readonly Claim[] {
  if (row.claims.length > 0) return row.claims;
  const overwritten = writtenByOther(row) === undefined ? undefined : row.history.at(-1)?.after;
  const last = overwritten ?? accessStateOf(row);
  if (isAppTrial(last) && neverBegan(last.stripeStatus)) return [claimOfOther(last, false)];
  if (last.stripeStatus === null) return last.status === 'none' ? [] : [claimOfOther(last, false)];
  const { cancelAtPeriodEnd, quantity, addOns } = row;
  return [{ source: 'stripe', ...last, cancelAtPeriodEnd, quantity, addOns }];
}

const nothingElse = {
  quantity: null,
  addOns: [],
  cancelAtPeriodEnd: null,
  cancelAt: null,
  pastDueSince: null,
  subscriptionId: null,
  stripeStatus: null,
  collectionPaused: false,
  reversal: null,
} as const;

/** Only the shared fields count: the others are what this service wrote about something else. */
function claimOfOther(state: SharedState, unreadable: boolean): Claim {
  const { plan, currentPeriodEnd, trialExpiresAt } = state;
  const source: ClaimSource = isAppTrial(state) ? 'trial' : 'other_writer';
  // An end that no one can read gives no access, because the access might then never end.
  const status = unreadable ? 'unreadable' : state.status;
  return { source, ...nothingElse, status, plan, currentPeriodEnd, trialExpiresAt };
}

/** A free trial that the app granted before anything was bought. */
function isAppTrial({ status, plan }: SharedState): boolean {
  return (status === 'trialing' || status === 'trial_expired') && plan === null;
}

/**
 * Orders claims: the best status first, a reversed payment after one that is not, a known plan before none, then the one that
 * lasts longest. Equals keep their order.
 */
export function inOrder(claims: readonly Claim[]): readonly Claim[] {
  return [...claims].sort((a, b) => {
    return (
      rankOf(a) - rankOf(b) ||
      Number(isReversed(a.reversal)) - Number(isReversed(b.reversal)) ||
      Number(a.plan === null) - Number(b.plan === null) ||
      compareEnds(endOf(b), endOf(a))
    );
  });
}

/** The ranks of Stripe's statuses, which those of other writers resemble. */
function rankOf({ source, status, stripeStatus }: Claim): number {
  if (source === 'stripe') return meaningOf(stripeStatus ?? '').rank;
  return meaningOf(status === 'trial_expired' ? 'canceled' : status).rank;
}

function isReversed(reversal: Reversal | null): boolean {
  return reversal === 'refunded' || reversal === 'dispute_lost';
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
