/** Decides on a server whether a user may have something: the token, then the entitlements. Nothing is granted in doubt. */
import { systemNowMs } from '../core/clock.ts';
import { AccountError, createClient, type Entitlements } from '../core/index.ts';
import { type AccessCheck, mayUse } from '../react/access.ts';
import { type ReadCookie, sessionIn } from './session.ts';
import { createVerify, type Pool, type User } from './verify.ts';

export type { AccessCheck };

export interface AccessOptions extends Pool {
  /** The account API, such as `https://api.example.com`. */
  readonly baseUrl: string;
  /** How long an answer is used again for the same user, in seconds. Default: 10. 0: never. */
  readonly cacheSeconds?: number;
  /** Where users sign in. Default: `/sign-in`. The page they wanted is in `next`. */
  readonly signInPath?: string;
  /** Where users without access go. Default: `/pricing`. The page they wanted is in `next`. */
  readonly deniedPath?: string;
  /** Called with each refusal, for the app's own log. */
  readonly onRefused?: (refusal: Refused) => void;
}

/**
 * `signed_out`: there is no session. `expired`: the browser must refresh it. `invalid_token`: the token is not one of this pool and
 * client. `denied`: the user's plan does not include it. `unavailable`: it could not be found out.
 */
export type RefusalReason = 'signed_out' | 'expired' | 'invalid_token' | 'denied' | 'unavailable';

export interface Refused {
  readonly granted: false;
  readonly reason: RefusalReason;
  readonly user: User | undefined;
  readonly cause?: unknown;
}

export interface Granted {
  readonly granted: true;
  readonly user: User;
  readonly entitlements: Entitlements;
}

export interface Signed {
  readonly user: User;
  /** The verified ID token. */
  readonly token: string;
}

export interface AccessDecider {
  /** Only who the user is. */
  signedIn(readCookie: ReadCookie): Promise<Signed | Refused>;
  entitlements(signed: Signed): Promise<Entitlements>;
  decide(readCookie: ReadCookie, check: AccessCheck): Promise<Granted | Refused>;
}

export function createDecider(options: AccessOptions): AccessDecider {
  const verify = createVerify(options);
  const read = cachedReads(options);

  async function signedIn(readCookie: ReadCookie): Promise<Signed | Refused> {
    const session = sessionIn(readCookie, options.clientId);
    if (session === undefined) return refused('signed_out');
    const verification = await verify(session.idToken);
    switch (verification.kind) {
      case 'user':
        return { user: verification.user, token: session.idToken };
      case 'expired':
        return refused('expired');
      case 'unavailable':
        return refused('unavailable', undefined, verification.cause);
      default:
        return refused('invalid_token');
    }
  }

  async function decide(readCookie: ReadCookie, check: AccessCheck): Promise<Granted | Refused> {
    const signed = await signedIn(readCookie);
    if ('granted' in signed) return signed;
    try {
      const { answer: known, isKept } = read(signed);
      // A user who has just paid must not wait for a kept answer to grow old.
      const isStale = isKept && !mayUse(await known, check);
      const entitlements = await (isStale ? read(signed, { fresh: true }).answer : known);
      if (mayUse(entitlements, check)) return { granted: true, user: signed.user, entitlements };
      return refused('denied', signed.user);
    } catch (cause) {
      const isSignedOut = cause instanceof AccountError && cause.code === 'signed_out';
      return refused(isSignedOut ? 'expired' : 'unavailable', signed.user, cause);
    }
  }

  function refused(reason: RefusalReason, user?: User, cause?: unknown): Refused {
    const refusal = { granted: false, reason, user, ...(cause === undefined ? {} : { cause }) } as const;
    options.onRefused?.(refusal);
    return refusal;
  }

  return { signedIn, entitlements: (signed) => read(signed).answer, decide };
}

/** A function of a server serves many users at once. */
const MAX_USERS = 1_000;
/** A page must not wait for long. */
const TIMEOUT_MS = 5_000;

/** `isKept`: the answer was asked for before. */
type KeptReads = (
  signed: Signed,
  options?: { readonly fresh: boolean },
) => { readonly answer: Promise<Entitlements>; readonly isKept: boolean };

interface Read {
  readonly answer: Promise<Entitlements>;
  readonly untilMs: number;
}

/** Keeps the answers of the last seconds, each for its user alone. A failure is not kept. */
function cachedReads({ baseUrl, cacheSeconds = 10 }: AccessOptions): KeptReads {
  const reads = new Map<string, Read>();
  return ({ user: { sub }, token }, { fresh } = { fresh: false }) => {
    const nowMs = systemNowMs();
    const known = reads.get(sub);
    if (!fresh && known !== undefined && nowMs < known.untilMs) return { answer: known.answer, isKept: true };
    const client = createClient({ baseUrl, getToken: () => token, retries: 1, timeoutMs: TIMEOUT_MS });
    const answer = client.entitlements.get();
    reads.delete(sub);
    reads.set(sub, { answer, untilMs: nowMs + cacheSeconds * 1_000 });
    answer.catch(() => {
      if (reads.get(sub)?.answer === answer) reads.delete(sub);
    });
    const [oldest] = reads.keys();
    if (reads.size > MAX_USERS && oldest !== undefined) reads.delete(oldest);
    return { answer, isKept: false };
  };
}

export type { Entitlements, User };
