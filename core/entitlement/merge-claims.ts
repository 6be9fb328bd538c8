/** Puts together what the sources say about one user. Pure. */
import { inOrder, isCopy, type Sold } from './claims.ts';
import { type Claim, type ClaimSource, type EntitlementState, emptySubscriptionState } from './row.ts';

/** All that one source says about a user now. */
export interface Statement {
  readonly source: ClaimSource;
  readonly claims: readonly Claim[];
  /** What it has sold, so that a copy of it by other code is recognized. Null: it sells nothing. */
  readonly sold: Sold | null;
  /** Whether the user begins to pay. */
  readonly begins: boolean;
}

/**
 * Returns the claims, the deciding one first. A statement replaces all that its source said before, and nothing that another
 * source said. Only a trial that the app granted ends when the user begins to pay.
 */
export function mergeClaims(
  known: readonly Claim[],
  { source, claims, sold, begins }: Statement,
): readonly Claim[] {
  const ofOthers = known
    .filter((claim) => claim.source !== source && (sold === null || !isCopy(claim, sold)))
    .filter((claim) => claim.source !== 'trial' || !begins);
  return inOrder([...claims, ...ofOthers]);
}

/** Returns the state of a row with these claims, which are in order. */
export function stateOfClaims(
  claims: readonly Claim[],
  features: readonly string[] | null,
): EntitlementState {
  const { source: _, blankEnd: __, origin: ___, ...deciding } = claims[0] ?? noClaim;
  return { ...deciding, features, claims };
}

const noClaim: Claim = { source: 'stripe', ...emptySubscriptionState, reversal: null };
