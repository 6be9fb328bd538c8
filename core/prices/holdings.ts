/** What a user has, as the row shows it, and what of it keeps the user from buying. Pure. */

import { access, grantingClaims, isKept } from '../entitlement/access.ts';
import { type Payer, payerOf } from '../entitlement/answer.ts';
import { claimsOf, givesFeaturesOnly, isReturned, paidElsewhere } from '../entitlement/claims.ts';
import { withPlanKeys } from '../entitlement/plan-keys.ts';
import type { AccessPolicy } from '../entitlement/policy.ts';
import type { Claim, EntitlementRow } from '../entitlement/row.ts';
import type { Owned } from '../purchase/owned.ts';
import { meaningOf } from '../subscription/status.ts';

export interface Holdings {
  /** What decides, as the entitlements show it. Undefined: nothing was ever bought or given. */
  readonly shown: Claim | undefined;
  /** The subscriptions in Stripe that a purchase would be billed next to. */
  readonly subscriptions: readonly Claim[];
  /** Who else is paid. Undefined: no one. */
  readonly elsewhere: Payer | undefined;
  /** What was bought once and counts. A payment that is under way is not in the row. */
  readonly owned: readonly Owned[];
}

export const nothing: Holdings = {
  shown: undefined,
  subscriptions: [],
  elsewhere: undefined,
  owned: [],
};

export function holdingsOf(row: EntitlementRow, nowSeconds: number, general: AccessPolicy): Holdings {
  const policy = withPlanKeys(general, row.planKeys);
  const claims = claimsOf(row);
  const giving = grantingClaims(claims, nowSeconds, policy);
  const elsewhere = paidElsewhere(row, nowSeconds, general);
  return {
    shown: access(claims, nowSeconds, policy).by,
    subscriptions: claims.filter(
      (claim) => isBilled(claim) && !(isRefunded(claim) && !giving.includes(claim)),
    ),
    elsewhere: elsewhere === undefined ? undefined : payerOf(elsewhere, row),
    owned: [
      ...giving.filter(({ source }) => source === 'purchase'),
      ...claims.filter((claim) => givesFeaturesOnly(claim) && isKept(claim, policy)),
    ].map(ownedBy),
  };
}

function ownedBy({ plan, origin, currentPeriodEnd }: Claim): Owned {
  const { id = '', features = [] } = origin ?? {};
  return { sessionId: id, plan, features, endsAt: currentPeriodEnd, isPending: false };
}

/** A status that this version does not know may be one that bills. */
function isBilled({ source, stripeStatus }: Claim): boolean {
  if (source !== 'stripe' || stripeStatus === null) return false;
  const { alive, unknown } = meaningOf(stripeStatus);
  return alive || unknown;
}

/** The checkout lets it end before it bills again. */
function isRefunded({ stripeStatus, reversal }: Claim): boolean {
  return stripeStatus === 'active' && isReturned(reversal);
}
