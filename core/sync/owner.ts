/** Finds out which user a customer belongs to. */
import { reportContradiction } from '../account/ownership.ts';
import type { Profile, ProfileStore } from '../account/profile.ts';
import type { CustomerReader } from '../billing/billing.ts';
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

/** Returns the likely owner after at most one call to Stripe, or `undefined` if the customer belongs to no user. */
export async function guessOwner(services: OwnerServices, request: SyncRequest): Promise<string | undefined> {
  const known = request.sub ?? services.owners.get(request.customerId);
  return known ?? (await ownerByStripe(services, request.customerId));
}

/**
 * Returns the owner of a customer that the row of `claim.sub` does not list yet. The customer's own metadata are final.
 * A profile, and the metadata of a subscription, count only where the customer itself names no user.
 */
export async function confirmOwner(
  services: OwnerServices,
  claim: { readonly request: SyncRequest; readonly sub: string; readonly profile: Profile | undefined },
): Promise<string> {
  const { request, sub, profile } = claim;
  if (services.owners.get(request.customerId) === sub) return sub;
  const owner = request.customerDeleted ? undefined : await ownerByStripe(services, request.customerId);
  if (owner === undefined || owner === sub) return sub;
  const source = profile?.customerId === request.customerId ? 'profile' : 'event';
  const contradiction = { customerId: request.customerId, sub: owner, otherSub: sub, source } as const;
  reportContradiction(services.log, contradiction, eventIdOf(request.cause));
  return owner;
}

async function ownerByStripe(services: OwnerServices, customerId: string): Promise<string | undefined> {
  const lookup = await services.billing.retrieveCustomer(customerId);
  if (lookup.kind !== 'customer' || lookup.sub === null) return undefined;
  services.owners.set(customerId, lookup.sub);
  return lookup.sub;
}
