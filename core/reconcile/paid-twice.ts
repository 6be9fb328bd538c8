/** Finds users who pay two payers. Pure. */
import { claimsOf, endsWithPeriod, mayContinue } from '../entitlement/claims.ts';
import type { Claim, EntitlementRow } from '../entitlement/row.ts';
import { writtenPayer } from '../entitlement/written-payer.ts';
import { meaningOf } from '../subscription/status.ts';

/** Whether two payers will bill the user again: Stripe, the stores, or a payer that only another writer knows. */
export function isPaidTwice(row: EntitlementRow, nowSeconds: number): boolean {
  const claims = claimsOf(row);
  const inStores = claims.filter(
    ({ source, origin }) => source === 'revenuecat' && origin?.continues === true,
  );
  const written = claims
    .filter((claim) => mayBill(claim, nowSeconds))
    .map((claim) => writtenPayer(claim, row)?.store ?? null)
    // RevenueCat knows what is bought in stores, so what other code says about it is no further payer.
    .filter((store) => store === null || inStores.length === 0);
  const payers = new Set<string>([
    ...(claims.some(isBilledByStripe) ? ['stripe'] : []),
    ...inStores.map(({ origin }) => origin?.store ?? 'another store'),
    ...written.map((store) => store ?? 'another writer'),
  ]);
  return payers.size > 1;
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
