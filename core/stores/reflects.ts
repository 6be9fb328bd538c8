/** Compares a row with what RevenueCat says about its user now. Pure. */
import type { Claim, EntitlementRow } from '../entitlement/row.ts';
import { stateDiffers } from '../entitlement/state-fields.ts';
import { claimsOfPurchases, PAST_END_SECONDS } from './claims-of-purchases.ts';
import type { StorePurchases } from './purchase.ts';
import { isLive, ofStores } from './sync-stores.ts';

/** `ends_soon`: nothing has changed, but an end that the last sync has set comes before the next run may. */
export type Reflection = 'shown' | 'ends_soon' | 'differs';

/** Runs are half a day apart, and take their time. */
const RENEWED_BEFORE_SECONDS = (PAST_END_SECONDS * 3) / 4;

/** Returns whether the row shows these purchases. */
export function reflectionOf(
  row: EntitlementRow | undefined,
  read: StorePurchases,
  nowSeconds: number,
): Reflection {
  const known = ofStores(row);
  const claims = claimsOfPurchases(read, nowSeconds);
  // A row without any purchase need not show one that is over.
  if (row === undefined || known.length === 0) return claims.some(isLive) ? 'differs' : 'shown';
  if (known.length !== claims.length) return 'differs';
  const earlier = claimsOfPurchases({ ...read, asOf: row.storesSyncedAt }, nowSeconds);
  const found = claims.map((claim, index): Reflection => {
    const shown = known.find(({ origin }) => origin?.id === claim.origin?.id);
    if (shown === undefined) return 'differs';
    return isSame(claim, shown) ? 'shown' : reflectionAt(earlier[index] ?? claim, shown, nowSeconds);
  });
  return (['differs', 'ends_soon'] as const).find((one) => found.includes(one)) ?? 'shown';
}

/** Whether the row shows a purchase that is not over. One that is over changes only by another purchase. */
export function hasPurchase(row: EntitlementRow): boolean {
  return ofStores(row).some(({ status, origin }) => status !== 'canceled' || origin?.continues === true);
}

/**
 * Where the store grants more than the paid time, or names no end, each read moves the end of the claim. What the last sync
 * would have made of the same purchase is as good, until its own end. Any other end is that of a purchase which has changed.
 */
function reflectionAt(earlier: Claim, shown: Claim, nowSeconds: number): Reflection {
  const leftSeconds = (shown.currentPeriodEnd ?? 0) - nowSeconds;
  if (!isSame(earlier, shown) || leftSeconds <= 0) return 'differs';
  return leftSeconds < RENEWED_BEFORE_SECONDS ? 'ends_soon' : 'shown';
}

function isSame(a: Claim, b: Claim): boolean {
  return !stateDiffers(a, b, 'access') && JSON.stringify(a.origin) === JSON.stringify(b.origin);
}
