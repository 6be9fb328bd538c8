/** Turns a user's purchases in stores into claims. Pure. */
import { type Claim, emptySubscriptionState } from '../entitlement/row.ts';
import type { StorePurchase, StorePurchases } from './purchase.ts';

/**
 * How long access continues after a read which said that it continues past the end of the paid time, as in a store's own
 * grace period. The next sync reads it again.
 */
export const PAST_END_SECONDS = 86_400;

/** A row keeps no more of them. */
const MAX_CLAIMS = 10;

/** Returns a claim for each purchase that gives access or may give it again. Without one, the one that ended last. */
export function claimsOfPurchases(read: StorePurchases, nowSeconds: number): readonly Claim[] {
  const { purchases } = read;
  const current = purchases.filter((purchase) => purchase.givesAccess || purchase.billsAgain);
  const counted = current.length === 0 ? [...purchases].sort(byEnd).slice(0, 1) : [...current].sort(byAccess);
  return counted.slice(0, MAX_CLAIMS).map((purchase) => claimOf(purchase, readTime(read, nowSeconds)));
}

/** When the purchases were read. A clock of RevenueCat that is far ahead would extend access by as much, and does not count. */
export function readTime({ asOf }: Pick<StorePurchases, 'asOf'>, nowSeconds: number): number {
  return Math.min(asOf ?? nowSeconds, nowSeconds + PAST_END_SECONDS);
}

function byAccess(a: StorePurchase, b: StorePurchase): number {
  return Number(b.givesAccess) - Number(a.givesAccess) || byEnd(a, b);
}

/** The latest end first, and among equals the smaller id, so that the order is the same in every read. */
function byEnd(a: StorePurchase, b: StorePurchase): number {
  const [endOfA, endOfB] = [endOf(a), endOf(b)];
  if (endOfA !== endOfB) return endOfA < endOfB ? 1 : -1;
  return a.id < b.id ? -1 : 1;
}

/** Infinity for what is owned forever. 0: nothing says when it ended. */
export function endOf({ until, phase }: StorePurchase): number {
  return until ?? (phase === 'owned' ? Number.POSITIVE_INFINITY : 0);
}

function claimOf(purchase: StorePurchase, readAt: number): Claim {
  const { id, productId, store, manageUrl, features, givesAccess, phase, ends, billsAgain } = purchase;
  const until = givesAccess ? endOfAccess(purchase, readAt) : purchase.until;
  return {
    ...emptySubscriptionState,
    source: 'revenuecat',
    status: statusOf(purchase),
    plan: givesAccess || billsAgain ? productId : null,
    quantity: null,
    currentPeriodEnd: until,
    trialExpiresAt: phase === 'trial' ? until : null,
    cancelAtPeriodEnd: givesAccess ? ends : null,
    cancelAt: givesAccess && ends ? until : null,
    pastDueSince: phase === 'payment_retried' && !givesAccess ? purchase.until : null,
    reversal: null,
    origin: { id, store, manageUrl, features, continues: billsAgain, grant: null },
  };
}

/** What has no end is owned forever. Anything else has one, so that a lost event never leaves access without end. */
function endOfAccess({ phase, until }: StorePurchase, readAt: number): number | null {
  if (until === null) return phase === 'owned' ? null : readAt + PAST_END_SECONDS;
  return until > readAt ? until : readAt + PAST_END_SECONDS;
}

function statusOf({ givesAccess, phase }: StorePurchase): Claim['status'] {
  if (givesAccess) return phase === 'trial' ? 'trialing' : 'active';
  return phase === 'payment_retried' ? 'past_due' : 'canceled';
}
