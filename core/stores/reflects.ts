/** Compares a row with what RevenueCat says about its user now. Pure. */
import type { Claim, EntitlementRow } from '../entitlement/row.ts';
import { stateDiffers } from '../entitlement/state-fields.ts';
import { claimsOfPurchases, PAST_END_SECONDS, readTime } from './claims-of-purchases.ts';
import type { StorePurchases } from './purchase.ts';
import { isLive, ofStores } from './sync-stores.ts';

/** Returns whether the row shows these purchases. */
export function reflects(row: EntitlementRow | undefined, read: StorePurchases, nowSeconds: number): boolean {
  const known = ofStores(row);
  const claims = claimsOfPurchases(read, nowSeconds);
  // A row without any purchase need not show one that is over.
  if (known.length === 0) return !claims.some(isLive);
  if (known.length !== claims.length) return false;
  const moment = { nowSeconds, readAt: readTime(read, nowSeconds) };
  return claims.every((claim) => {
    const shown = known.find(({ origin }) => origin?.id === claim.origin?.id);
    const isPastEnd = endsBefore(read, claim, moment.readAt);
    return shown !== undefined && isSame(isPastEnd ? withEndOf(claim, shown, moment) : claim, shown);
  });
}

/** Whether the row shows a purchase that is not over. One that is over changes only by another purchase. */
export function hasPurchase(row: EntitlementRow): boolean {
  return ofStores(row).some(({ status, origin }) => status !== 'canceled' || origin?.continues === true);
}

/** Whether the paid time is over and the store grants more. Each read then moves the end of the claim. */
function endsBefore({ purchases }: StorePurchases, { origin }: Claim, readAt: number): boolean {
  const until = purchases.find(({ id }) => id === origin?.id)?.until ?? null;
  return until !== null && until <= readAt;
}

/** The end that an earlier read has moved is as good as a new one. A later end than such a read gives is from before. */
function withEndOf(
  claim: Claim,
  shown: Claim,
  { nowSeconds, readAt }: { readonly nowSeconds: number; readonly readAt: number },
): Claim {
  const { currentPeriodEnd, trialExpiresAt, cancelAt } = shown;
  const isMoved =
    currentPeriodEnd !== null &&
    currentPeriodEnd > nowSeconds &&
    currentPeriodEnd <= readAt + PAST_END_SECONDS;
  return isMoved ? { ...claim, currentPeriodEnd, trialExpiresAt, cancelAt } : claim;
}

function isSame(a: Claim, b: Claim): boolean {
  return !stateDiffers(a, b, 'access') && JSON.stringify(a.origin) === JSON.stringify(b.origin);
}
