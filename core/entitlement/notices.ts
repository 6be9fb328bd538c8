/** Decides what the user should know about the payments, from the row and the time alone. Access never depends on it. Pure. */
import type { BillingNotice } from '../../contract/entitlements.ts';
import type { BillingFact } from './billing-facts.ts';
import type { Claim } from './row.ts';

const DAY_SECONDS = 86_400;
/** As long before as Stripe's own event about it. */
const TRIAL_NOTICE_SECONDS = 3 * DAY_SECONDS;
/** As long before as Stripe's event about it, unless the account sets another time. */
const RENEWAL_NOTICE_SECONDS = 7 * DAY_SECONDS;

export function noticesOf(
  claims: readonly Claim[],
  facts: readonly BillingFact[],
  nowSeconds: number,
): readonly BillingNotice[] {
  const ofStripe = claims.filter(({ source }) => source === 'stripe');
  return ofStripe.flatMap((claim) => {
    const own = facts.filter(({ subscriptionId }) => subscriptionId === claim.subscriptionId);
    return [...lateNotices(claim, own), ...comingNotices(claim, own, nowSeconds)];
  });
}

/** A payment that fails and one that must be confirmed lead to the same page, but are not the same to say. */
function lateNotices(claim: Claim, facts: readonly BillingFact[]): readonly BillingNotice[] {
  if (claim.stripeStatus !== 'past_due' && claim.stripeStatus !== 'unpaid') return [];
  const mustConfirm = facts.some(({ kind }) => kind === 'confirmation');
  const kind = mustConfirm ? 'payment_action_required' : 'payment_failed';
  return [{ kind, since: claim.pastDueSince, at: null }];
}

function comingNotices(
  claim: Claim,
  facts: readonly BillingFact[],
  nowSeconds: number,
): readonly BillingNotice[] {
  const { stripeStatus, currentPeriodEnd, trialExpiresAt, cancelAt, cancelAtPeriodEnd } = claim;
  const isTrial = stripeStatus === 'trialing';
  const at = isTrial ? (trialExpiresAt ?? currentPeriodEnd) : currentPeriodEnd;
  if (at === null || nowSeconds >= at || claim.collectionPaused) return [];
  if (cancelAtPeriodEnd === true || (cancelAt !== null && cancelAt <= at)) return [];
  const expiring = facts.filter(({ kind, chargeAt }) => kind === 'card' && nowSeconds < (chargeAt ?? 0));
  return [
    ...(isTrial && nowSeconds >= at - TRIAL_NOTICE_SECONDS
      ? [{ kind: 'trial_will_end', since: null, at } as const]
      : []),
    ...(stripeStatus === 'active' && nowSeconds >= at - RENEWAL_NOTICE_SECONDS
      ? [{ kind: 'renewal_upcoming', since: null, at } as const]
      : []),
    ...expiring.map((fact) => ({ kind: 'card_expires', since: null, at: fact.at }) as const),
  ];
}
