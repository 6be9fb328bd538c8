/** What each source says in a row. */
import type { AccessState, Claim, ClaimSource, EntitlementRow } from '../core/entitlement/row.ts';

/** Returns what a source said in a few fields, whatever decides. A single claim of Stripe is the row itself. */
export function saidBy(source: ClaimSource, row: EntitlementRow): readonly unknown[] {
  const ofSource = row.claims.filter((claim) => claim.source === source);
  const last: AccessState = row.history.at(-1)?.after ?? row;
  const isRowItself = source === 'stripe' && row.claims.length === 0 && last.stripeStatus !== null;
  return (isRowItself ? [last] : ofSource).map((claim: AccessState & Partial<Pick<Claim, 'origin'>>) => {
    const { status, plan, currentPeriodEnd, cancelAt, subscriptionId, origin = null } = claim;
    return { status, plan, currentPeriodEnd, cancelAt, subscriptionId, origin };
  });
}
