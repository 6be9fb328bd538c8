/**
 * Grants one trial per person, of the checkout or at sign-up. A trial of the checkout is claimed under a keyed hash of the verified email address before its session is
 * opened, and the claim outlives the account. Whether the session was completed is read from Stripe when it matters, so
 * nothing has to be written when a trial begins, and no crash can lose a trial's beginning.
 */
import type { PoolUser } from '../account/pool-user.ts';
import { expireSession } from '../gate/act.ts';
import type { Evidence } from '../gate/decide.ts';
import { Fault } from '../system/fault.ts';
import { emailForms } from './email-person.ts';
import type { CheckoutSessions } from './sessions.ts';

export interface TrialClaim {
  /** Keyed hash of the person's email address. It is the key of the claim. */
  readonly emailHash: string;
  /** Keyed hash of the account's `sub`. */
  readonly accountHash: string;
  readonly used: boolean;
  /** Empty for the app's own trial, which begins at sign-up without Stripe. */
  readonly customerId: string;
  /** The session that grants the trial. Null until one is about to be offered. */
  readonly sessionId: string | null;
  /** Unix seconds. */
  readonly claimedAt: number;
}

export interface TrialStore {
  read(emailHash: string): Promise<TrialClaim | undefined>;
  /** Writes the claim only if the stored claim is still `seen`, where `undefined` means that there was none. */
  put(claim: TrialClaim, seen: TrialClaim | undefined): Promise<'written' | 'conflict'>;
}

/** A keyed one-way hash. Without the key, the table reveals no address, not even to a search through all addresses. */
export type KeyedHash = (text: string) => string;

export interface TrialHash {
  readonly hash: KeyedHash;
  /** The hash with the key as version 0.1 read it. Undefined if it read the same key. */
  readonly formerHash?: KeyedHash | undefined;
}

export interface TrialServices extends TrialHash {
  readonly trials: TrialStore;
  readonly sessions: Pick<CheckoutSessions, 'retrieve' | 'list' | 'expire'>;
}

/** A session lives for at most a day. After that, a claim without a session is decided by the customer's sessions. */
const CLAIM_PENDING_SECONDS = 25 * 3_600;
/** Each lost attempt is another request's write, and a burst of clicks makes several before one of them succeeds. */
const MAX_ATTEMPTS = 12;

/** Returns the claim that allows a trial, or `undefined` if the person had one or may have had one. */
export async function claimTrial(
  services: TrialServices,
  user: PoolUser,
  at: { readonly customerId: string; readonly nowSeconds: number },
): Promise<TrialClaim | undefined> {
  const claimant = claimantOf(services, user);
  // Without a verified address, a returning person could not be recognized.
  if (claimant === undefined) return undefined;
  const { emailHash, accountHash } = claimant;
  const claim: TrialClaim = {
    emailHash,
    accountHash,
    used: false,
    customerId: at.customerId,
    sessionId: null,
    claimedAt: at.nowSeconds,
  };
  for (let attempts = 1; attempts <= MAX_ATTEMPTS; attempts += 1) {
    const stored = await services.trials.read(claim.emailHash);
    if (stored === undefined) {
      const former = await heldFormerly(services, claimant, at);
      if (former !== undefined) return former.status === 'own' ? former.claim : undefined;
    } else {
      const status = await claimStatus(services, stored, { ...at, accountHash: claim.accountHash });
      if (status === 'taken' && !stored.used) await services.trials.put({ ...stored, used: true }, stored);
      // Another tab of the same account holds the claim, and keeps it until its session has expired.
      if (status === 'own') return stored;
      if (status !== 'free') return undefined;
    }
    // A rival can be a double click, which must not cost the person the trial. So a conflict is retried.
    if ((await services.trials.put(claim, stored)) === 'written') return claim;
  }
  return undefined;
}

/**
 * Returns the claim that an earlier version recorded under another form of the address, unless it is free. A used one is
 * recorded under the current form too, so that the next request finds it there with one read.
 */
async function heldFormerly(
  services: TrialServices,
  claimant: Claimant,
  at: { readonly customerId: string; readonly nowSeconds: number },
): Promise<{ readonly status: Exclude<ClaimStatus, 'free'>; readonly claim: TrialClaim } | undefined> {
  const { emailHash, accountHash } = claimant;
  for (const claim of await readFormerClaims(services, claimant)) {
    const status = await claimStatus(services, claim, { ...at, accountHash });
    if (status === 'taken') await services.trials.put({ ...claim, emailHash, used: true }, undefined);
    if (status !== 'free') return { status, claim };
  }
  return undefined;
}

/** Returns whether `claimTrial` would give the person a trial now. It writes nothing, and lets no session expire. */
export async function mayClaimTrial(
  services: Omit<TrialServices, 'trials' | 'sessions'> & {
    readonly trials: Pick<TrialStore, 'read'>;
    readonly sessions: SessionReader;
  },
  claimant: Claimant,
  at: { readonly nowSeconds: number },
): Promise<boolean> {
  const { trials, sessions } = services;
  const asking = { ...at, accountHash: claimant.accountHash };
  const stored = await trials.read(claimant.emailHash);
  const claims = stored === undefined ? await readFormerClaims({ trials }, claimant) : [stored];
  for (const claim of claims) {
    const status = await readStatus(sessions, claim, asking);
    if (status !== 'free') return status === 'own';
  }
  return true;
}

/** Reads the claim, or else the one of another form of the address that says most: a used one, if there is one. */
export async function readClaim(
  services: Pick<TrialServices, 'trials'>,
  claimant: Claimant,
): Promise<TrialClaim | undefined> {
  const stored = await services.trials.read(claimant.emailHash);
  if (stored !== undefined) return stored;
  const former = await readFormerClaims(services, claimant);
  return former.find(({ used }) => used) ?? former[0];
}

async function readFormerClaims(
  { trials }: { readonly trials: Pick<TrialStore, 'read'> },
  { formerHashes = [] }: Claimant,
): Promise<readonly TrialClaim[]> {
  const found = await Promise.all(formerHashes.map((emailHash) => trials.read(emailHash)));
  return found.filter((claim) => claim !== undefined);
}

/** Returns whether the user has a verified address and the store records no used trial for it. */
export async function hasUnrecordedTrial(
  services: Pick<TrialServices, 'trials' | keyof TrialHash>,
  user: PoolUser,
): Promise<boolean> {
  const claimant = claimantOf(services, user);
  return claimant !== undefined && (await readClaim(services, claimant))?.used !== true;
}

/** Records a trial that was granted without a claim. */
export async function recordTrial(
  { trials, hash }: Pick<TrialServices, 'trials' | 'hash'>,
  user: PoolUser,
  at: { readonly customerId: string; readonly nowSeconds: number },
): Promise<void> {
  const claimant = claimantOf({ hash }, user);
  if (claimant === undefined) return;
  const { emailHash, accountHash } = claimant;
  for (let attempts = 1; attempts <= MAX_ATTEMPTS; attempts += 1) {
    const stored = await trials.read(emailHash);
    if (stored?.used === true) return;
    const fresh = {
      emailHash,
      accountHash,
      customerId: at.customerId,
      sessionId: null,
      claimedAt: at.nowSeconds,
    };
    if ((await trials.put({ ...(stored ?? fresh), used: true }, stored)) === 'written') return;
  }
  throw new Fault({ code: 'unavailable', system: 'dynamodb', operation: 'record trial' });
}

/**
 * Binds a session to the claim before its URL is offered. A bound session is replaced only after it has expired. So
 * whichever of several sessions was paid, it is the one whose status is read when the person returns.
 */
export async function bindSession(
  services: TrialServices,
  claimant: Claimant,
  binding: { readonly sessionId: string; readonly seen: TrialClaim | undefined },
): Promise<'bound' | 'lost'> {
  const { sessionId } = binding;
  let { seen } = binding;
  for (let attempts = 1; attempts <= MAX_ATTEMPTS; attempts += 1) {
    const stored = seen ?? (await services.trials.read(claimant.emailHash));
    seen = undefined;
    if (stored === undefined || stored.used || stored.accountHash !== claimant.accountHash) return 'lost';
    if (stored.sessionId === sessionId) return 'bound';
    if (stored.sessionId !== null && (await services.sessions.retrieve(stored.sessionId)) !== 'expired') {
      return 'lost';
    }
    if ((await services.trials.put({ ...stored, sessionId }, stored)) === 'written') return 'bound';
  }
  return 'lost';
}

export interface Claimant extends Pick<TrialClaim, 'emailHash' | 'accountHash'> {
  /** The hashes under which earlier versions recorded the same person. Absent if there are none, as for most people. */
  readonly formerHashes?: readonly string[];
}

/** Returns the hashes under which the user claims a trial, or `undefined` for a user without a verified address. */
export function claimantOf(
  { hash, formerHash }: TrialHash,
  user: Pick<PoolUser, 'sub' | 'email' | 'emailVerified'>,
): Claimant | undefined {
  const forms = emailForms(user);
  if (forms === null) return undefined;
  const { current, former } = forms;
  const formerHashes = [
    ...former.map(hash),
    ...(formerHash === undefined ? [] : [current, ...former].map(formerHash)),
  ];
  return {
    emailHash: hash(current),
    accountHash: hash(`account:${user.sub}`),
    ...(formerHashes.length === 0 ? {} : { formerHashes }),
  };
}

/** The claim carries the hash of the account that is asking. */
const sameAccount: Evidence = { ownership: 'own', basis: { kind: 'own_work' } };

/** `own`: the same account holds the claim, with a session that can still be paid. `pending`: another account does. */
type ClaimStatus = 'free' | 'own' | 'taken' | 'pending';

async function claimStatus(
  services: TrialServices,
  claim: TrialClaim,
  asking: { readonly accountHash: string; readonly customerId: string; readonly nowSeconds: number },
): Promise<ClaimStatus> {
  const status = await readStatus(services.sessions, claim, asking);
  const { sessionId } = claim;
  if (status !== 'own' || sessionId === null || claim.customerId === asking.customerId) return status;
  // The customer was replaced, and no other check reads the old customer's sessions.
  const expired = await expireSession(services.sessions, { sessionId, evidence: sameAccount });
  return expired === 'expired' ? 'free' : 'taken';
}

type SessionReader = Pick<CheckoutSessions, 'retrieve' | 'list'>;

async function readStatus(
  reader: SessionReader,
  claim: TrialClaim,
  asking: { readonly accountHash: string; readonly nowSeconds: number },
): Promise<ClaimStatus> {
  if (claim.used) return 'taken';
  if (claim.sessionId !== null) {
    const status = await reader.retrieve(claim.sessionId);
    // A session that Stripe no longer has may have been paid.
    if (status === 'complete' || status === 'missing') return 'taken';
    if (status === 'expired') return 'free';
    return claim.accountHash === asking.accountHash ? 'own' : 'pending';
  }
  // No session is bound. The account's own next attempt may use the claim; other accounts wait.
  if (claim.accountHash === asking.accountHash) return 'free';
  if (asking.nowSeconds < claim.claimedAt + CLAIM_PENDING_SECONDS) return 'pending';
  const sessions = await reader.list(claim.customerId);
  if (sessions === 'missing') return 'taken';
  return sessions.some(({ status }) => status === 'complete') ? 'taken' : 'free';
}
