/** Compares a row with what RevenueCat says about its user now. Pure. */
import type { Claim, EntitlementRow } from '../entitlement/row.ts';
import { stateDiffers } from '../entitlement/state-fields.ts';
import { claimsOfPurchases } from './claims-of-purchases.ts';
import type { StorePurchases } from './purchase.ts';
import { isLive, ofStores } from './sync-stores.ts';

/** Returns whether the row shows these purchases. */
export function reflects(row: EntitlementRow | undefined, read: StorePurchases, nowSeconds: number): boolean {
  const known = ofStores(row);
  const claims = claimsOfPurchases(read, nowSeconds);
  // A row without any purchase need not show one that is over.
  if (row === undefined || known.length === 0) return !claims.some(isLive);
  if (known.length !== claims.length) return false;
  const earlier = claimsOfPurchases({ ...read, asOf: row.storesSyncedAt }, nowSeconds);
  return claims.every((claim, index) => {
    const shown = known.find(({ origin }) => origin?.id === claim.origin?.id);
    if (shown === undefined) return false;
    return isSame(claim, shown) || isStillSame(earlier[index] ?? claim, shown, nowSeconds);
  });
}

/** Whether the row shows a purchase that is not over. One that is over changes only by another purchase. */
export function hasPurchase(row: EntitlementRow): boolean {
  return ofStores(row).some(({ status, origin }) => status !== 'canceled' || origin?.continues === true);
}

/**
 * Where the store grants more than the paid time, or names no end, each read moves the end of the claim. What the last sync
 * would have made of the same purchase is as good, until its own end. Any other end is that of a purchase which has changed.
 */
function isStillSame(earlier: Claim, shown: Claim, nowSeconds: number): boolean {
  return isSame(earlier, shown) && (shown.currentPeriodEnd ?? 0) > nowSeconds;
}

function isSame(a: Claim, b: Claim): boolean {
  return !stateDiffers(a, b, 'access') && JSON.stringify(a.origin) === JSON.stringify(b.origin);
}
