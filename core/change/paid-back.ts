/**
 * Keeps a change at once from crediting what the user has not paid. Stripe credits the rest of the period by its price, whether
 * its payment was refunded, returned by the bank, or never made.
 */
import type { SubscriptionReader } from '../billing/billing.ts';
import { claimsOf } from '../entitlement/claims.ts';
import { noPlanOrder, type PlanOrder } from '../entitlement/plan-order.ts';
import type { EntitlementRow } from '../entitlement/row.ts';
import type { Changeable } from './changeable.ts';
import type { Goal, Step } from './next-step.ts';

export interface PaidBackServices {
  readonly billing: Pick<SubscriptionReader, 'readReversal'>;
  readonly policy: { readonly planOrder?: PlanOrder | undefined };
}

/** The row must show it, and Stripe is asked once more: a refund can fail. In a trial, a change credits nothing. */
export async function refusalOfCredit(
  { billing, policy }: PaidBackServices,
  { id, status }: Pick<Changeable, 'id' | 'status'>,
  { goal, row }: { readonly goal: Goal; readonly row: EntitlementRow | undefined },
): Promise<Extract<Step, { kind: 'refuse' }> | undefined> {
  const credits =
    goal.kind === 'change' && goal.when === 'now' && goal.wanted.edits.length > 0 && status !== 'trialing';
  if (!credits || row === undefined) return undefined;
  const claim = claimsOf(row).find(({ subscriptionId }) => subscriptionId === id);
  if (claim === undefined || claim.reversal === null) return undefined;
  const { planOrder = noPlanOrder } = policy;
  if ((await billing.readReversal(id, { planOrder })) === null) return undefined;
  return {
    kind: 'refuse',
    code: 'change_not_available',
    detail:
      'The payment of this period went back, is disputed or was not made, so its rest cannot be credited. A change with the next period is possible.',
  };
}
