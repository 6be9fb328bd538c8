/** Finds out whose customer an event speaks of. */
import type { Profile, ProfileStore } from '../account/profile.ts';
import type { CustomerReader } from '../billing/billing.ts';
import type { Log } from '../system/log.ts';
import type { Hint } from './hint.ts';

/** Remembers who owns a customer. Only what Stripe itself said is put in, and that does not change. */
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

/** A first guess that costs at most one call; `undefined` if the customer is nobody's. */
export async function guessOwner(services: OwnerServices, hint: Hint): Promise<string | undefined> {
  const known = hint.sub ?? services.owners.get(hint.customerId);
  return known ?? (await ownerByStripe(services, hint.customerId));
}

/**
 * Whether the customer may be added to this user, whose row has not seen it. The profile's word or that of the
 * customer's own metadata is final; the metadata of a subscription counts where the customer itself names nobody.
 */
export async function confirmOwner(
  services: OwnerServices,
  claim: { readonly hint: Hint; readonly sub: string; readonly profile: Profile | undefined },
): Promise<string> {
  const { hint, sub, profile } = claim;
  if (profile?.customerId === hint.customerId || services.owners.get(hint.customerId) === sub) return sub;
  const owner = hint.customerDeleted ? undefined : await ownerByStripe(services, hint.customerId);
  if (owner === undefined || owner === sub) return sub;
  services.log.warn('The event names another user than its customer does; the customer is believed.', {
    metric: 'owner_contradiction',
    event_id: hint.eventId,
    customer_id: hint.customerId,
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
