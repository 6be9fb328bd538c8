/**
 * One trial a person. A trial is claimed under a keyed hash of the verified address before the session that gives it
 * is opened, and the claim outlives the account; what became of the session, Stripe is asked when it matters. So
 * nothing has to be written when a trial begins, and no crash loses that it did.
 */

import type { PoolUser } from '../account/pool-user.ts';
import { Fault } from '../system/fault.ts';
import type { CheckoutSessions } from './sessions.ts';

export interface TrialClaim {
  /** Keyed hash of the person's address: the claim's key. */
  readonly emailHash: string;
  /** Keyed hash of the account's `sub`. */
  readonly accountHash: string;
  readonly used: boolean;
  readonly customerId: string;
  /** The session that gives the trial; null until one is about to be given out. */
  readonly sessionId: string | null;
  /** Unix seconds. */
  readonly claimedAt: number;
}

export interface TrialStore {
  read(person: string): Promise<TrialClaim | undefined>;
  /** Writes the claim if what was read (or nothing) still stands there. */
  put(claim: TrialClaim, seen: TrialClaim | undefined): Promise<'written' | 'conflict'>;
}

/** A keyed one-way hash: who has the table cannot tell the address, not even by trying all that exist. */
export type KeyedHash = (text: string) => string;

export interface TrialServices {
  readonly trials: TrialStore;
  readonly sessions: Pick<CheckoutSessions, 'retrieve' | 'list' | 'expire'>;
  readonly hash: KeyedHash;
}

/** Sessions live a day at most; what was claimed for a session that nobody knows of is settled by then. */
const CLAIM_SETTLED_SECONDS = 25 * 3_600;

/** Answers the claim that allows a trial, or `undefined` where there was one already, or may have been. */
export async function claimTrial(
  services: TrialServices,
  user: PoolUser,
  at: { readonly customerId: string; readonly nowSeconds: number },
): Promise<TrialClaim | undefined> {
  const claimant = claimantOf(services, user);
  // Without an address that is surely theirs, nobody could be told from who comes again.
  if (claimant === undefined) return undefined;
  const claim: TrialClaim = {
    ...claimant,
    used: false,
    customerId: at.customerId,
    sessionId: null,
    claimedAt: at.nowSeconds,
  };
  for (let tries = 1; tries <= MAX_TRIES; tries += 1) {
    const standing = await services.trials.read(claim.emailHash);
    if (standing !== undefined) {
      const fate = await claimStatus(services, standing, { ...at, holder: claim.accountHash });
      if (fate === 'taken' && !standing.used)
        await services.trials.put({ ...standing, used: true }, standing);
      // Another tab of the same account: what it holds goes on until its session is known to have expired.
      if (fate === 'own') return standing;
      if (fate !== 'free') return undefined;
    }
    // A rival may be the same click twice, which shall not cost the trial.
    if ((await services.trials.put(claim, standing)) === 'written') return claim;
  }
  return undefined;
}

const MAX_TRIES = 4;

/** Whether a trial of this person, whose address is surely theirs, is not known yet. */
export async function hasUnrecordedTrial(
  { trials, hash }: Pick<TrialServices, 'trials' | 'hash'>,
  user: PoolUser,
): Promise<boolean> {
  const claimant = claimantOf({ hash }, user);
  return claimant !== undefined && (await trials.read(claimant.emailHash))?.used !== true;
}

/** Notes a trial that was given otherwise than by a claim. */
export async function recordTrial(
  { trials, hash }: Pick<TrialServices, 'trials' | 'hash'>,
  user: PoolUser,
  at: { readonly customerId: string; readonly nowSeconds: number },
): Promise<void> {
  const claimant = claimantOf({ hash }, user);
  if (claimant === undefined) return;
  for (let tries = 1; tries <= MAX_TRIES; tries += 1) {
    const standing = await trials.read(claimant.emailHash);
    if (standing?.used === true) return;
    const fresh = {
      ...claimant,
      customerId: at.customerId,
      sessionId: null,
      claimedAt: at.nowSeconds,
    };
    if ((await trials.put({ ...(standing ?? fresh), used: true }, standing)) === 'written') return;
  }
  throw new Fault({ code: 'unavailable', system: 'dynamodb', operation: 'remember trial' });
}

/**
 * Names a session on the claim before its address is given out. A session that is named gives way only once it has
 * expired: so whichever of several was paid, it is the one that is asked for when the person comes again.
 */
export async function bindSession(
  services: TrialServices,
  claimant: Claimant,
  named: { readonly sessionId: string; readonly seen: TrialClaim | undefined },
): Promise<'bound' | 'lost'> {
  const { sessionId } = named;
  let { seen } = named;
  for (let tries = 1; tries <= MAX_TRIES; tries += 1) {
    const standing = seen ?? (await services.trials.read(claimant.emailHash));
    seen = undefined;
    if (standing === undefined || standing.used || standing.accountHash !== claimant.accountHash)
      return 'lost';
    if (standing.sessionId === sessionId) return 'bound';
    if (standing.sessionId !== null && (await services.sessions.retrieve(standing.sessionId)) !== 'expired') {
      return 'lost';
    }
    if ((await services.trials.put({ ...standing, sessionId }, standing)) === 'written') return 'bound';
  }
  return 'lost';
}

type Claimant = Pick<TrialClaim, 'emailHash' | 'accountHash'>;

/** Under what this user claims; `undefined` for who has no address that is surely theirs. */
export function claimantOf({ hash }: Pick<TrialServices, 'hash'>, user: PoolUser): Claimant | undefined {
  const address = canonicalEmail(user);
  return address === null
    ? undefined
    : { emailHash: hash(address), accountHash: hash(`account:${user.sub}`) };
}

/** `own`: the account's own, with a session that can be paid still. `pending`: another account's. */
type ClaimStatus = 'free' | 'own' | 'taken' | 'pending';

async function claimStatus(
  services: TrialServices,
  claim: TrialClaim,
  asked: { readonly holder: string; readonly customerId: string; readonly nowSeconds: number },
): Promise<ClaimStatus> {
  if (claim.used) return 'taken';
  if (claim.sessionId !== null) {
    const status = await services.sessions.retrieve(claim.sessionId);
    // What Stripe knows no more may have been paid for.
    if (status === 'complete' || status === 'missing') return 'taken';
    if (status === 'expired') return 'free';
    if (claim.accountHash !== asked.holder) return 'pending';
    if (claim.customerId === asked.customerId) return 'own';
    // Of a customer that was replaced, whose sessions nobody looks at any more.
    return (await services.sessions.expire(claim.sessionId)) === 'expired' ? 'free' : 'taken';
  }
  // A claim whose session nobody noted: the account's own next attempt may go on with it, others wait.
  if (claim.accountHash === asked.holder) return 'free';
  if (asked.nowSeconds < claim.claimedAt + CLAIM_SETTLED_SECONDS) return 'pending';
  const sessions = await services.sessions.list(claim.customerId);
  if (sessions === 'missing') return 'taken';
  return sessions.some(({ status }) => status === 'complete') ? 'taken' : 'free';
}

const GMAIL = new Set(['gmail.com', 'googlemail.com']);

/** One person's address, however it is written: case, `+tags`, and the dots that Gmail ignores do not count. */
export function canonicalEmail({
  email,
  emailVerified,
}: Pick<PoolUser, 'email' | 'emailVerified'>): string | null {
  if (email === null || !emailVerified) return null;
  const normal = email.normalize('NFKC').trim().toLowerCase();
  const at = normal.lastIndexOf('@');
  if (at < 1 || at === normal.length - 1) return null;
  const domain = normal.slice(at + 1);
  const name = normal.slice(0, at).replace(/(?<=.)\+.*$/, '');
  return GMAIL.has(domain) ? `email:${name.replaceAll('.', '')}@gmail.com` : `email:${name}@${domain}`;
}
