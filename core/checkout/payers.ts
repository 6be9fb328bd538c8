/** Who else than Stripe is paid by the user who wants to buy. */
import { type Payer, payerOf } from '../entitlement/answer.ts';
import { paidElsewhere } from '../entitlement/claims.ts';
import type { AccessPolicy } from '../entitlement/policy.ts';
import type { EntitlementRow } from '../entitlement/row.ts';
import { type Clock, nowSeconds } from '../system/clock.ts';
import type { Log } from '../system/log.ts';

export const byStripe: Payer = { source: 'stripe', manage_url: null };

export interface ElsewhereServices {
  /** Reads what the user has bought in stores. Null: this installation has no app in a store. */
  readonly syncStores: ((sub: string) => Promise<unknown>) | null;
  /** What gives access, since a user who has it from another payer must not pay here. */
  readonly policy: AccessPolicy;
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly log: Log;
}

/** The webhook of a purchase in a store may be late. While RevenueCat does not answer, the row shows what it said before. */
export async function refreshStores(
  { syncStores, log }: Pick<ElsewhereServices, 'syncStores' | 'log'>,
  sub: string,
): Promise<void> {
  if (syncStores === null) return;
  try {
    await syncStores(sub);
  } catch (cause) {
    log.warn(
      'RevenueCat did not answer; the checkout uses what the row shows.',
      { metric: 'stores_unread', user_id: sub },
      cause,
    );
  }
}

/** Returns who is paid elsewhere. Undefined: no one. */
export function payerElsewhere(
  { clock, policy }: Pick<ElsewhereServices, 'clock' | 'policy'>,
  row: EntitlementRow | undefined,
): Payer | undefined {
  const claim = row === undefined ? undefined : paidElsewhere(row, nowSeconds(clock), policy);
  return claim === undefined ? undefined : payerOf(claim, row);
}
