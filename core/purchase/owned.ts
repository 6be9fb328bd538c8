/** Decides what a user has bought once already, and whether that keeps the user from an order. Pure. */

import type { StripeState } from '../checkout/decide.ts';
import { endsUnbilled } from '../checkout/returned.ts';
import { grantingClaims, isKept } from '../entitlement/access.ts';
import { givesFeaturesOnly } from '../entitlement/claims.ts';
import { withPlanKeys } from '../entitlement/plan-keys.ts';
import type { AccessPolicy } from '../entitlement/policy.ts';
import type { Claim } from '../entitlement/row.ts';
import { claimsOfPurchases } from './claims-of-purchases.ts';
import type { OneTimePurchase, SoldTerms, Wanted } from './purchase.ts';

/** One purchase that is in effect, or whose payment is under way. */
export interface Owned {
  readonly sessionId: string;
  /** Null: features alone. */
  readonly plan: string | null;
  readonly features: readonly string[];
  /** Unix seconds. Null: it has no end, or is not paid yet. */
  readonly endsAt: number | null;
  readonly isPending: boolean;
}

export interface OwnedContext {
  /** What the row has of the purchases. */
  readonly known: readonly Claim[];
  readonly nowSeconds: number;
  readonly policy: AccessPolicy;
}

/** Returns what counts now. What went back to the user, and a pass that is over, keeps no one from buying. */
export function ownedOf(
  purchases: readonly OneTimePurchase[],
  { known, nowSeconds, policy: general }: OwnedContext,
): readonly Owned[] {
  const { claims, planKeys } = claimsOfPurchases(purchases, { known, asOf: nowSeconds });
  const policy = withPlanKeys(general, planKeys);
  const counting = [
    ...grantingClaims(claims, nowSeconds, policy),
    ...claims.filter((claim) => givesFeaturesOnly(claim) && isKept(claim, policy)),
  ];
  const pending = purchases.filter(({ state }) => state === 'pending');
  return [
    ...counting.map(({ plan, origin, currentPeriodEnd }) => {
      const { id = '', features = [] } = origin ?? {};
      return { sessionId: id, plan, features, endsAt: currentPeriodEnd, isPending: false };
    }),
    ...pending.map(({ sessionId, price, access, features }) => {
      return { sessionId, plan: access === null ? null : price, features, endsAt: null, isPending: true };
    }),
  ];
}

/**
 * Returns what keeps the user from the order; none: nothing. A second lifetime of one price gives nothing, so it is never sold.
 * All else a user can buy again on purpose, but not while the payment of the same is under way.
 */
export function whatBlocks(owned: readonly Owned[], { once, again }: Wanted): readonly Owned[] {
  const giving = owned.filter(({ plan }) => plan !== null);
  if (once === undefined) return again === true ? [] : giving;
  if (once.access === null) return again === true ? [] : withFeatures(owned, once);
  const same = giving.filter(({ plan }) => plan === once.price);
  const final = same.filter(({ isPending }) => isPending || once.access?.kind === 'lifetime');
  return again === true ? final : giving;
}

/** Returns what has all of these features already. */
function withFeatures(owned: readonly Owned[], { features }: SoldTerms): readonly Owned[] {
  return owned.filter((one) => features.every((key) => one.features.includes(key)));
}

/** Whether the order is sold although another payer, or other code, gives the user access. */
export function allowsOtherAccess({ once, again }: Wanted): boolean {
  return once !== undefined && (once.access === null || again === true);
}

/**
 * Returns what of the user's state counts for the order. Next to a subscription, features are bought freely, and access only on
 * purpose, except for ever once the subscription will not bill again.
 */
export function stateFor<T extends StripeState & { readonly isPaidElsewhere?: boolean }>(
  state: T,
  { once, again }: Wanted,
): T {
  if (once === undefined) return state;
  if (once.access === null) return { ...state, subscriptions: [], coming: [], isPaidElsewhere: false };
  const subscriptions = state.subscriptions.filter((one) => {
    // One whose first payment is open could be paid in another tab.
    if (again === true) return one.status === 'incomplete' || state.returned?.has(one.id) === true;
    return once.access?.kind !== 'lifetime' || !endsUnbilled(one);
  });
  return again === true
    ? { ...state, subscriptions, coming: [], isPaidElsewhere: false }
    : { ...state, subscriptions };
}
