/** Makes claims of what a user has bought once. Pure: it uses no clock, no event order and no payload. */
import { isReturned } from '../entitlement/claims.ts';
import { type Claim, emptySubscriptionState, type PlanKeys } from '../entitlement/row.ts';
import type { OneTimePurchase } from './purchase.ts';

const DAY_SECONDS = 86_400;
/** More would make the row, which every request reads, ever larger. */
const MOST_CLAIMS = 30;

export interface PurchaseContext {
  /** What the row has of them. It knows when a payment was first seen that Stripe dates too early. */
  readonly known: readonly Claim[];
  /** When Stripe was read, by its clock. Null if its answers had no time. */
  readonly asOf: number | null;
}

export interface PurchaseClaims {
  readonly claims: readonly Claim[];
  /** The keys of the plans of these claims. */
  readonly planKeys: PlanKeys;
}

/** A purchase that is paid, with the time from which it counts. */
interface Paid extends OneTimePurchase {
  readonly paidAt: number;
}

export function claimsOfPurchases(
  purchases: readonly OneTimePurchase[],
  context: PurchaseContext,
): PurchaseClaims {
  const paid = purchases
    .filter(({ state }) => state === 'paid')
    .map((purchase): Paid => ({ ...purchase, paidAt: paidAtOf(purchase, context) }))
    .sort((a, b) => a.paidAt - b.paidAt || (a.sessionId < b.sessionId ? -1 : 1));
  const ends = endsOf(paid);
  const claims = paid.map((purchase) => claimOf(purchase, ends.get(purchase.sessionId) ?? null));
  // What only the row can date stays in it.
  const kept = claims.filter(
    (claim, index) =>
      paid[index]?.isExact === false ||
      !claims.some((other, at) => supersedes({ other, at }, { claim, index })),
  );
  const keys = paid.flatMap(({ price, keys, access }) => (access === null ? [] : [[price, keys] as const]));
  return { claims: kept.slice(-MOST_CLAIMS), planKeys: Object.fromEntries(keys) };
}

/** A bank debit is paid days after its charge, and nothing in Stripe says when. So it counts from when it was first seen paid. */
function paidAtOf(
  { sessionId, chargedAt, isExact }: OneTimePurchase,
  { known, asOf }: PurchaseContext,
): number {
  if (isExact) return chargedAt;
  const seenAt = known.find(({ origin }) => origin?.id === sessionId)?.origin?.paidAt;
  return seenAt ?? Math.max(chargedAt, asOf ?? chargedAt);
}

/**
 * Returns until when each pass gives access, by session. One that is bought before the end of another one of the same product
 * extends it. What went back to the user extends nothing.
 */
function endsOf(oldestFirst: readonly Paid[]): ReadonlyMap<string, number> {
  const ends = new Map<string, number>();
  const untilByProduct = new Map<string, number>();
  for (const { sessionId, price, keys, access, paidAt, reversal } of oldestFirst) {
    if (access?.kind !== 'days') continue;
    const product = keys.at(-1) ?? price;
    const end = Math.max(paidAt, untilByProduct.get(product) ?? 0) + access.days * DAY_SECONDS;
    ends.set(sessionId, end);
    if (!isReturned(reversal)) untilByProduct.set(product, end);
  }
  return ends;
}

/** Nothing renews a purchase, so its end is a scheduled one: no grace follows. */
function claimOf(purchase: Paid, end: number | null): Claim {
  const { sessionId, price, quantity, access, features, paidAt, reversal } = purchase;
  const gives = access !== null;
  return {
    ...emptySubscriptionState,
    source: 'purchase',
    // Features alone let no one in.
    status: gives ? 'active' : 'none',
    plan: gives ? price : null,
    quantity: gives ? quantity : null,
    currentPeriodEnd: end,
    cancelAtPeriodEnd: gives ? end !== null : null,
    cancelAt: end,
    reversal,
    origin: { id: sessionId, store: null, manageUrl: null, features, continues: false, grant: null, paidAt },
  };
}

interface Placed {
  readonly claim: Claim;
  readonly index: number;
}

/**
 * Whether a pass or features are part of what another purchase gives too. A lifetime never is: that it was paid twice must show.
 */
function supersedes(
  { other, at }: { readonly other: Claim; readonly at: number },
  { claim, index }: Placed,
): boolean {
  if (at === index || other.plan !== claim.plan || other.reversal !== null) return false;
  const [features, ofOther] = [claim.origin?.features ?? [], other.origin?.features ?? []];
  if (!features.every((key) => ofOther.includes(key))) return false;
  if (claim.plan === null) return claim.reversal !== null || at > index || features.length < ofOther.length;
  if (claim.currentPeriodEnd === null || other.currentPeriodEnd === null) return false;
  return (
    claim.currentPeriodEnd <= other.currentPeriodEnd &&
    (claim.currentPeriodEnd < other.currentPeriodEnd || at > index)
  );
}
