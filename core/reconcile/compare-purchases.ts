/** Compares what Stripe shows of one-time purchases with a row. */
import type { Claim, EntitlementRow } from '../entitlement/row.ts';
import { stateDiffers } from '../entitlement/state-fields.ts';
import type { OneTimeReader } from '../purchase/purchase.ts';
import { readPurchaseClaims } from '../purchase/read-purchases.ts';
import { mayHavePurchases, purchasesIn } from '../sync/purchase-query.ts';

/** Whether the row shows what its user has bought once. Nothing is read for a user who was never offered anything. */
export async function showsPurchases(
  services: { readonly billing: OneTimeReader },
  row: EntitlementRow,
): Promise<boolean> {
  if (!mayHavePurchases(row)) return true;
  const { sub, customerIds } = row;
  const known = purchasesIn(row);
  const { claims } = await readPurchaseClaims(services, {
    sub,
    customerIds,
    known,
    asOf: row.purchasesSyncedAt,
  });
  return claims.length === known.length && claims.every((claim) => known.some((one) => isSame(one, claim)));
}

function isSame(a: Claim, b: Claim): boolean {
  if (a.origin?.id !== b.origin?.id || a.quantity !== b.quantity || stateDiffers(a, b, 'access'))
    return false;
  return a.origin?.features.join() === b.origin?.features.join();
}
