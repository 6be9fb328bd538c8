/**
 * Decides whether an irreversible action may be carried out. Pure. It needs positive proof that the object belongs to
 * the user, and a reason to end it. Without either, nothing is done.
 */
import type { Ownership } from '../account/ownership.ts';

/** Why an object is to be ended. */
export type Basis =
  /** The user requested it, by a verified token or by the mark that records such a request. */
  | { readonly kind: 'requested' }
  /** This process wrote the object for an account that turned out to be deleted, or replaces it for its own user. */
  | { readonly kind: 'own_work' }
  /** No one requested it: the pool does not know the user. */
  | ({ readonly kind: 'user_missing' } & MissingUser);

export interface MissingUser {
  /** What the pool answered just now to a direct question. It is asked only about objects that are this stage's. */
  readonly pool: 'unknown_user' | 'knows_user' | 'not_asked';
  /**
   * When a sign-up that may still be in progress began, in Unix seconds. Null if there is none. `unknown` if there may be one,
   * and nothing says how old the records are.
   */
  readonly signUpAt: number | 'unknown' | null;
  readonly nowSeconds: number;
  /** Whether this installation has finished adoption, so that a missing record means a missing user. */
  readonly adopted: boolean;
}

export interface Evidence {
  readonly ownership: Ownership;
  readonly basis: Basis;
}

export type Refusal =
  | 'owner_contradiction'
  | 'other_pool'
  | 'not_proven_ours'
  | 'user_exists'
  /** A user who signed up a moment ago may not be in every listing yet. */
  | 'too_recent'
  /** Nothing says when the user signed up, so it may have been a moment ago. */
  | 'age_unknown'
  | 'adoption_incomplete'
  | 'deletion_limit_reached';

export type Verdict = { readonly kind: 'permit' } | { readonly kind: 'refuse'; readonly reason: Refusal };

/** Cognito's listings can be behind its writes for a moment, and the clocks of two machines can differ by minutes. */
export const SETTLED_SECONDS = 3_600;

export function decide({ ownership, basis }: Evidence): Verdict {
  if (ownership === 'other_user') return refusal('owner_contradiction');
  if (ownership === 'other_pool') return refusal('other_pool');
  switch (basis.kind) {
    case 'requested':
      // The verified user is of this pool, and a sub is never used twice, so a customer that names it is the user's.
      return ownership === 'own' || ownership === 'named' ? permit : refusal('not_proven_ours');
    case 'own_work':
      return ownership === 'own' ? permit : refusal('not_proven_ours');
    case 'user_missing':
      return ownership === 'own' ? decideMissing(basis) : refusal('not_proven_ours');
    default:
      return refusal('not_proven_ours');
  }
}

function decideMissing({ pool, signUpAt, nowSeconds, adopted }: MissingUser): Verdict {
  if (pool !== 'unknown_user') return refusal('user_exists');
  if (!adopted) return refusal('adoption_incomplete');
  if (signUpAt === 'unknown') return refusal('age_unknown');
  if (signUpAt !== null && signUpAt > nowSeconds - SETTLED_SECONDS) return refusal('too_recent');
  return permit;
}

const permit: Verdict = { kind: 'permit' };

function refusal(reason: Refusal): Verdict {
  return { kind: 'refuse', reason };
}
