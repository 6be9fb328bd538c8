/** Says whether a user's first subscription would begin with a trial. It claims nothing: the checkout decides again. */
import type { TrialRefusal } from '../../contract/prices.ts';
import type { PoolUser } from '../account/pool-user.ts';
import type { SubscriptionReader } from '../billing/billing.ts';
import { subscriptionsIn } from '../entitlement/claims.ts';
import type { EntitlementRow } from '../entitlement/row.ts';
import type { CheckoutSessions } from './sessions.ts';
import { claimantOf, mayClaimTrial, type TrialHash, type TrialStore } from './trial-claim.ts';
import { hadTrial } from './trial-offer.ts';

export interface TrialOutlookServices {
  readonly trials: TrialHash & { readonly trials: Pick<TrialStore, 'read'> };
  readonly sessions: Pick<CheckoutSessions, 'retrieve' | 'list'>;
  readonly billing: Pick<SubscriptionReader, 'listSubscriptions'>;
}

/** A user who has bought through more of them is rare, and the checkout reads them all. */
const MAX_CUSTOMERS = 5;

/** Returns `granted`, or why there would be no trial. */
export async function trialOutlook(
  { trials, sessions, billing }: TrialOutlookServices,
  { user, row }: { readonly user: PoolUser; readonly row: EntitlementRow | undefined },
  nowSeconds: number,
): Promise<'granted' | Exclude<TrialRefusal, 'not_offered'>> {
  if (hadTrial(row)) return 'used';
  const claimant = claimantOf(trials, user);
  if (claimant === undefined) return 'unverified_address';
  if (!(await mayClaimTrial({ ...trials, sessions }, claimant, { nowSeconds }))) return 'used';
  // The row shows the last changes only. Who never bought anything has nothing in Stripe to read.
  if (row === undefined || subscriptionsIn(row).length === 0) return 'granted';
  const lists = await Promise.all(
    row.customerIds.slice(0, MAX_CUSTOMERS).map((id) => billing.listSubscriptions(id)),
  );
  const subscriptions = lists.flatMap((list) => (list === 'missing' ? [] : list.subscriptions));
  return subscriptions.some(({ trialEnd }) => trialEnd !== null) ? 'used' : 'granted';
}
