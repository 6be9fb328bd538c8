/** Gives and revokes grants: access without payment. A user can have several, and they end by time, without any event. */
import type { ProfileStore } from '../account/profile.ts';
import { claimsOf } from '../entitlement/claims.ts';
import type { Claim, EntitlementRow } from '../entitlement/row.ts';
import type { SyncCause } from '../sync/sync-request.ts';
import { type ClaimWriterServices, writeClaims } from '../sync/write-claims.ts';
import { type Clock, nowSeconds } from '../system/clock.ts';
import { claimOfGrant, type GrantTerms } from './terms.ts';

/** A row keeps no more of them. */
export const MAX_GRANTS = 10;

export interface GrantServices extends ClaimWriterServices {
  readonly profiles: Pick<ProfileStore, 'read'>;
  readonly clock: Pick<Clock, 'sleep' | 'nowMs'>;
  readonly hash: (text: string) => string;
}

export type GrantOutcome =
  | { readonly kind: 'given'; readonly id: string }
  /** The user has a grant with the same terms, so a command that broke off can be repeated. */
  | { readonly kind: 'already_given'; readonly id: string }
  /** One must be revoked first: dropping one would end the access that it gives. */
  | { readonly kind: 'too_many' }
  | NoUser;

type NoUser = { readonly kind: 'being_deleted' } | { readonly kind: 'no_such_user' };

export type RevokeOutcome =
  /** Of these ids, what the user had. */
  { readonly kind: 'revoked'; readonly ids: readonly string[] } | { readonly kind: 'none' } | NoUser;

export function createGrant(services: GrantServices) {
  return async (sub: string, terms: GrantTerms): Promise<GrantOutcome> => {
    const { by, reason } = terms;
    const id = idOf(terms, services.hash);
    const cause = { kind: 'grant', by, reason, revokes: false } as const;
    // An attempt whose answer was lost may have given it.
    let isTried = false;
    return writeGrants(services, { sub, cause }, (grants): Decided<GrantOutcome> => {
      if (grants.some(({ origin }) => origin?.id === id)) {
        return { outcome: { kind: isTried ? 'given' : 'already_given', id } };
      }
      if (grants.length >= MAX_GRANTS) return { outcome: { kind: 'too_many' } };
      isTried = true;
      return { outcome: { kind: 'given', id }, next: [...grants, claimOfGrant(id, terms)] };
    });
  };
}

export interface Revocation {
  /** Exactly these, so that a grant which no one has seen is never revoked. */
  readonly ids: readonly string[];
  readonly by: string;
  readonly reason: string;
}

export function createRevoke(services: GrantServices) {
  return async (sub: string, { ids, by, reason }: Revocation): Promise<RevokeOutcome> => {
    const cause = { kind: 'grant', by, reason, revokes: true } as const;
    const tried = new Set<string>();
    return writeGrants(services, { sub, cause }, (grants): Decided<RevokeOutcome> => {
      const revoked = idsOf(grants).filter((id) => ids.includes(id));
      for (const id of revoked) tried.add(id);
      if (tried.size === 0) return { outcome: { kind: 'none' } };
      const outcome = { kind: 'revoked', ids: [...tried] } as const;
      if (revoked.length === 0) return { outcome };
      return { outcome, next: grants.filter(({ origin }) => !revoked.includes(origin?.id ?? '')) };
    });
  };
}

/** The same terms make the same id, for any number of users and whatever the name of the giver. */
function idOf({ plan, features, until, reason }: GrantTerms, hash: GrantServices['hash']): string {
  return `grant_${hash(JSON.stringify([plan, features, until, reason])).slice(0, 12)}`;
}

interface Decided<T> {
  readonly outcome: T;
  /** The grants that remain. Without them, nothing is written. */
  readonly next?: readonly Claim[];
}

/** Writes what `decide` makes of the grants that have not ended. What has ended leaves the row with the write. */
async function writeGrants<T>(
  services: GrantServices,
  request: { readonly sub: string; readonly cause: SyncCause },
  decide: (grants: readonly Claim[]) => Decided<T>,
): Promise<T | NoUser> {
  let outcome: T | NoUser = { kind: 'no_such_user' };
  const isBeingDeleted = async () => {
    const profile = await services.profiles.read(request.sub);
    return profile !== undefined && profile.deletion !== null;
  };
  const { kind } = await writeClaims(services, request, async (row) => {
    if (await isBeingDeleted()) {
      outcome = { kind: 'being_deleted' };
      return null;
    }
    const now = nowSeconds(services.clock);
    const grants = grantsOf(row).filter((grant) => !hasEnded(grant, now));
    const decided = decide(grants);
    outcome = decided.outcome;
    // An attempt whose answer was lost may have created the row. A write confirms it, as the profile has been read since.
    const { next = row?.provisional === true ? grants : undefined } = decided;
    if (next === undefined) return null;
    return { statement: { source: 'grant', claims: next, sold: null, begins: false }, asOf: now };
  });
  if (kind !== 'no_such_user') return outcome;
  return (await isBeingDeleted()) ? { kind: 'being_deleted' } : { kind: 'no_such_user' };
}

function idsOf(grants: readonly Claim[]): readonly string[] {
  return grants.map(({ origin }) => origin?.id).filter((id) => id !== undefined);
}

/** Returns every grant in the row, also those that have ended. */
export function grantsOf(row: EntitlementRow | undefined): readonly Claim[] {
  return row === undefined ? [] : claimsOf(row).filter(({ source }) => source === 'grant');
}

export function hasEnded({ currentPeriodEnd }: Pick<Claim, 'currentPeriodEnd'>, nowSeconds: number): boolean {
  return currentPeriodEnd !== null && currentPeriodEnd <= nowSeconds;
}
