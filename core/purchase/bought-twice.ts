/** Finds users who have paid for the same access twice. Pure. */
import { claimsOf, endsWithPeriod } from '../entitlement/claims.ts';
import type { Claim, EntitlementRow } from '../entitlement/row.ts';
import { meaningOf } from '../subscription/status.ts';
import { purchasesIn } from '../sync/purchase-query.ts';

/** Whether one lifetime was paid twice, or a subscription will bill again next to one. */
export function isBoughtTwice(row: EntitlementRow): boolean {
  const plans = purchasesIn(row)
    .filter(isLifetime)
    .map(({ plan }) => plan);
  if (plans.length === 0) return false;
  return new Set(plans).size < plans.length || claimsOf(row).some(willBill);
}

function isLifetime({ status, currentPeriodEnd, reversal }: Claim): boolean {
  return status === 'active' && currentPeriodEnd === null && reversal === null;
}

function willBill(claim: Claim): boolean {
  const { source, stripeStatus } = claim;
  return source === 'stripe' && meaningOf(stripeStatus ?? '').alive && !endsWithPeriod(claim);
}
