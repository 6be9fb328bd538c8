/** Decides whether a checkout begins with a trial, and says why it does not. */
import type { RefusedTrial } from '../../contract/checkout.ts';
import type { PoolUser } from '../account/pool-user.ts';
import { statesIn } from '../entitlement/claims.ts';
import type { EntitlementRow } from '../entitlement/row.ts';
import { type Clock, nowSeconds } from '../system/clock.ts';
import type { StripeState } from './decide.ts';
import type { CheckoutSessions } from './sessions.ts';
import {
  claimantOf,
  claimTrial,
  hasUnrecordedTrial,
  recordTrial,
  type TrialClaim,
  type TrialServices,
} from './trial-claim.ts';

export interface TrialOffers extends Omit<TrialServices, 'sessions'> {
  /** Of a plan whose price says nothing. 0: none. */
  readonly days: number;
}

export interface TrialOfferServices {
  /** Null: this checkout grants no trials. */
  readonly trials: TrialOffers | null;
  readonly sessions: CheckoutSessions;
  readonly clock: Pick<Clock, 'nowMs'>;
}

interface Asking {
  readonly user: PoolUser;
  readonly row: EntitlementRow | undefined;
  readonly customerId: string;
  readonly request: { readonly trialDays: number | null };
}

export interface OfferedTrial {
  readonly days: number;
  readonly claim: TrialClaim;
}

/** Returns the days of the trial that the plan has, for those who had none. 0: it has none. */
export function offeredDays(
  { trials }: Pick<TrialOfferServices, 'trials'>,
  { request }: Pick<Asking, 'request'>,
): number {
  return trials === null ? 0 : (request.trialDays ?? trials.days);
}

/** Returns the trial with a claim to it, unless Stripe, the row or an earlier claim shows that the person already had one. */
export async function offerTrial(
  services: TrialOfferServices,
  asking: Asking,
  before: StripeState,
): Promise<OfferedTrial | undefined> {
  const { trials, sessions } = services;
  const { user, row, customerId } = asking;
  const days = offeredDays(services, asking);
  if (trials === null || days === 0) return undefined;
  const at = { customerId, nowSeconds: nowSeconds(services.clock) };
  if (before.subscriptions.some(({ trialEnd }) => trialEnd !== null) || hadTrial(row)) {
    // The row shows the newest subscription only, and is deleted with the account. The claim remains.
    if (await hasUnrecordedTrial(trials, user)) await recordTrial(trials, user, at);
    return undefined;
  }
  const claim = await claimTrial({ ...trials, sessions }, user, at);
  return claim === undefined ? undefined : { days, claim };
}

/** Also returns true for a trial that the app granted: the row may hold only its start. */
function hadTrial(row: EntitlementRow | undefined): boolean {
  if (row === undefined) return false;
  if (row.trialStartedAt !== null) return true;
  // A trial in a store that was paid for afterwards is only in the history.
  return statesIn(row).some(
    ({ trialExpiresAt, status }) =>
      trialExpiresAt !== null || status === 'trialing' || status === 'trial_expired',
  );
}

/** Says why a session has no trial. */
export function whyNoTrial(services: TrialOfferServices, asking: Asking): RefusedTrial['refused'] {
  const { trials } = services;
  if (trials === null || offeredDays(services, asking) === 0) return 'not_offered';
  return claimantOf(trials, asking.user) === undefined ? 'unverified_address' : 'used';
}
