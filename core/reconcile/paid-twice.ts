/** Finds users who pay two payers. Pure. */
import { claimsOf, endsWithPeriod, mayContinue } from '../entitlement/claims.ts';
import type { Claim, EntitlementRow } from '../entitlement/row.ts';
import { writtenPayer } from '../entitlement/written-payer.ts';
import { meaningOf } from '../subscription/status.ts';

/** Whether two payers will bill the user again: Stripe, the stores, or a payer that only another writer knows. */
export function isPaidTwice(row: EntitlementRow, nowSeconds: number): boolean {
  const claims = claimsOf(row);
  const inStores = claims.flatMap(({ origin }) => (origin?.continues === true ? [origin.store] : []));
  const written = claims
    .filter((claim) => mayBill(claim, nowSeconds))
    .map((claim) => writtenPayer(claim, row)?.store)
    // RevenueCat knows what is bought in stores, so what other code says about it is no further payer.
    .filter((store) => store === undefined || inStores.length === 0);
  // Null: a store that no one knows. Undefined: another writer does not say.
  const payers = new Set<string | null | undefined>([...inStores, ...written]);
  return payers.size + Number(claims.some(isBilledByStripe)) > 1;
}

function isBilledByStripe(claim: Claim): boolean {
  const { source, stripeStatus } = claim;
  return source === 'stripe' && meaningOf(stripeStatus ?? '').alive && !endsWithPeriod(claim);
}

/** What has no end may be a gift. */
function mayBill(claim: Claim, nowSeconds: number): boolean {
  const { source, plan, currentPeriodEnd } = claim;
  const isSold = source === 'other_writer' && plan !== null && currentPeriodEnd !== null;
  return isSold && mayContinue(claim, nowSeconds);
}
