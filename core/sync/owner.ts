/** Finds out which user a customer belongs to. */
import { type OwnerSource, reportContradiction } from '../account/ownership.ts';
import type { Profile, ProfileStore } from '../account/profile.ts';
import type { CustomerReader } from '../billing/billing.ts';
import type { EntitlementRow } from '../entitlement/row.ts';
import type { Log } from '../system/log.ts';
import { eventIdOf, type SyncRequest } from './sync-request.ts';

/** Caches the owner of a customer: what its own metadata said when they were last read. A person may change them. */
export interface OwnerCache {
  get(customerId: string): string | undefined;
  set(customerId: string, sub: string): void;
}

export interface OwnerServices {
  readonly billing: CustomerReader;
  readonly profiles: Pick<ProfileStore, 'read'>;
  readonly owners: OwnerCache;
  readonly log: Log;
}

/**
 * Returns the user to begin with, after at most one call to Stripe, or `undefined` if the customer belongs to no user. Of
 * a customer that names another user than before, it is the former one: the sync of that user goes on with the new one.
 */
export async function guessOwner(
  services: OwnerServices,
  request: SyncRequest,
): Promise<PossibleOwner | undefined> {
  const known = request.formerSub ?? request.sub ?? services.owners.get(request.customerId);
  if (known !== undefined) return { sub: known, isConfirmed: false };
  const owner = await ownerByStripe(services, request.customerId);
  return owner === undefined ? undefined : { sub: owner, isConfirmed: true };
}

export interface PossibleOwner {
  readonly sub: string;
  /** Whether this sync has asked Stripe about the customer, which names no one else. */
  readonly isConfirmed: boolean;
}

export interface OwnerClaim extends PossibleOwner {
  readonly request: SyncRequest;
  readonly row: EntitlementRow | undefined;
  /** Undefined also if it was not read, because the row proves that the user exists. */
  readonly profile: Profile | undefined;
}

/**
 * Returns the owner of a customer that the row of `claim.sub` does not list yet, or that was re-assigned. `undefined`: it
 * belongs to no user.
 * The customer's own metadata are final. A profile, and the metadata of a subscription, count only where the customer
 * itself names no user. That it named a user before counts for nothing.
 */
export async function confirmOwner(services: OwnerServices, claim: OwnerClaim): Promise<string | undefined> {
  const { request, sub, row, profile, isConfirmed } = claim;
  const { customerId } = request;
  if (isConfirmed) return sub;
  const isFormer = sub === request.formerSub;
  // The list of subscriptions corrects the cache, but only a user who exists gets that far.
  if (!isFormer && exists(claim) && services.owners.get(customerId) === sub) return sub;
  const owner = request.customerDeleted ? undefined : await ownerByStripe(services, customerId);
  if (owner === sub) return sub;
  if (owner !== undefined) {
    reportClaim(services, claim, { customerId, sub: owner });
    return owner;
  }
  const isRecorded = profile?.customerId === customerId || row?.customerIds.includes(customerId) === true;
  return isFormer && !isRecorded ? (request.sub ?? undefined) : sub;
}

/** Returns whether the records prove that the user exists and is not being deleted. */
export function exists({ row, profile }: OwnerClaim): boolean {
  return (row !== undefined && !row.provisional) || isLive(profile);
}

export function isLive(profile: Profile | undefined): boolean {
  return profile !== undefined && profile.deletion === null;
}

/** Logs a contradiction if something names the claim's user as the owner of a customer, which names another user itself. */
export function reportClaim(
  { log }: Pick<OwnerServices, 'log'>,
  claim: OwnerClaim,
  named: { readonly customerId: string; readonly sub: string },
): void {
  const source = sourceOf(claim, named.customerId);
  if (source !== undefined)
    reportContradiction(log, { ...named, otherSub: claim.sub, source }, eventIdOf(claim.request.cause));
}

/** A row that lists a customer of before is no contradiction: this very sync corrects it. A profile stays as it is. */
function sourceOf({ request, sub, row, profile }: OwnerClaim, customerId: string): OwnerSource | undefined {
  if (profile?.customerId === customerId) return 'profile';
  if (customerId === request.customerId && sub === request.formerSub) return undefined;
  if (row?.customerIds.includes(customerId)) return 'row';
  return customerId === request.customerId && sub === request.sub ? 'event' : undefined;
}

async function ownerByStripe(services: OwnerServices, customerId: string): Promise<string | undefined> {
  const lookup = await services.billing.retrieveCustomer(customerId);
  if (lookup.kind !== 'customer' || lookup.sub === null) return undefined;
  services.owners.set(customerId, lookup.sub);
  return lookup.sub;
}
