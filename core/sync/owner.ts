/** Finds out which user a customer belongs to. */
import type { Profile, ProfileStore } from '../account/profile.ts';
import type { CustomerReader } from '../billing/billing.ts';
import type { Log } from '../system/log.ts';
import { eventIdOf, type SyncRequest } from './sync-request.ts';

/** Caches the owner of a customer. It holds only what the customer's own metadata say, and that does not change. */
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
 * Returns the owner of a customer that the row of `claim.sub` does not list yet. The profile and the customer's own
 * metadata are final. The metadata of a subscription count only where the customer itself names no user.
 */
export async function confirmOwner(
  services: OwnerServices,
  claim: { readonly request: SyncRequest; readonly sub: string; readonly profile: Profile | undefined },
): Promise<string> {
  const { request, sub, profile } = claim;
  if (profile?.customerId === request.customerId || services.owners.get(request.customerId) === sub)
    return sub;
  const owner = request.customerDeleted ? undefined : await ownerByStripe(services, request.customerId);
  if (owner === undefined || owner === sub) return sub;
  services.log.warn('The event and its customer name different users; the customer decides.', {
    metric: 'owner_contradiction',
    event_id: eventIdOf(request.cause),
    customer_id: request.customerId,
    event_user_id: sub,
    user_id: owner,
  });
  return owner;
}

async function ownerByStripe(services: OwnerServices, customerId: string): Promise<string | undefined> {
  const lookup = await services.billing.retrieveCustomer(customerId);
  if (lookup.kind !== 'customer' || lookup.sub === null) return undefined;
  services.owners.set(customerId, lookup.sub);
  return lookup.sub;
}
