/**
 * Starts the app's own trial of a new user, once for each person. The trial is recorded under a keyed hash of the verified email
 * address before the row gives it, where the checkout finds it too, and the record outlives the account.
 */
import {
  claimantOf,
  type KeyedHash,
  readClaim,
  type TrialClaim,
  type TrialStore,
} from '../checkout/trial-claim.ts';
import { historyWith } from '../entitlement/history.ts';
import { stateOfClaims } from '../entitlement/merge-claims.ts';
import {
  type Claim,
  type EntitlementStore,
  emptyState,
  emptySubscriptionState,
  type NewRow,
  neverSynced,
} from '../entitlement/row.ts';
import type { PoolUser } from './pool-user.ts';

export interface SignUpTrial {
  readonly days: number;
  readonly trials: TrialStore;
  /** Reads the key of the hash, which may take a call. */
  readonly hash: () => Promise<KeyedHash>;
  /** Reads the hash with the key as version 0.1 read it. Undefined if it read the same key. */
  readonly formerHash?: () => Promise<KeyedHash | undefined>;
  /** Returns a time in ISO 8601. */
  readonly isoOf: (seconds: number) => string;
}

/** Unix seconds of the start, or why there is no trial. */
export type TrialStart =
  | { readonly kind: 'started'; readonly at: number }
  /** Without a verified address, a returning person could not be recognized. */
  | { readonly kind: 'unverified' }
  | { readonly kind: 'had_trial' }
  /** A repeated trigger, or a row that other code created. */
  | { readonly kind: 'has_row' };

const DAY_SECONDS = 86_400;
/** One after a rival's write, which is then read. */
const MAX_ATTEMPTS = 2;

export async function startTrial(
  {
    trials,
    hash,
    formerHash,
    entitlements,
  }: SignUpTrial & { readonly entitlements: Pick<EntitlementStore, 'read'> },
  user: Pick<PoolUser, 'sub' | 'email' | 'emailVerified'>,
  nowSeconds: number,
): Promise<TrialStart> {
  const [row, keyed] = await Promise.all([entitlements.read(user.sub), hash()]);
  if (row !== undefined) return { kind: 'has_row' };
  const claimant = claimantOf({ hash: keyed, formerHash: await formerHash?.() }, user);
  if (claimant === undefined) return { kind: 'unverified' };
  for (let attempts = 1; attempts <= MAX_ATTEMPTS; attempts += 1) {
    const stored = await readClaim({ trials }, claimant);
    if (stored !== undefined) {
      // An attempt whose answer was lost, or that broke off before the row was written.
      const isOwn = stored.accountHash === claimant.accountHash && isOfSignUp(stored);
      return isOwn ? { kind: 'started', at: stored.claimedAt } : { kind: 'had_trial' };
    }
    const { emailHash, accountHash } = claimant;
    const claim = { emailHash, accountHash, used: true, ...noSession, claimedAt: nowSeconds };
    if ((await trials.put(claim, undefined)) === 'written') return { kind: 'started', at: nowSeconds };
  }
  return { kind: 'had_trial' };
}

/** Nothing of Stripe belongs to it. */
const noSession = { customerId: '', sessionId: null } as const;

function isOfSignUp({ used, customerId, sessionId }: TrialClaim): boolean {
  return used && customerId === noSession.customerId && sessionId === noSession.sessionId;
}

export const rowWithoutTrial: NewRow = { ...emptyState, ...neverSynced };

export function rowWithTrial(
  { days, isoOf }: Pick<SignUpTrial, 'days' | 'isoOf'>,
  startedAt: number,
): NewRow {
  const trial: Claim = {
    ...emptySubscriptionState,
    source: 'trial',
    status: 'trialing',
    trialExpiresAt: startedAt + days * DAY_SECONDS,
    reversal: null,
  };
  const state = stateOfClaims([trial], null);
  const history = historyWith(undefined, state, { at: startedAt, by: 'sign-up' });
  return { ...neverSynced, ...state, history, trialStartedAt: isoOf(startedAt) };
}
