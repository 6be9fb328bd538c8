/**
 * Decides whose a customer is before it is ended or adopted. Its own metadata come first. Where they name no user, and where
 * no one requested the ending, neither the metadata of its live subscriptions nor the records of another user may contradict.
 */
import { type IndexServices, otherUserNaming } from '../account/customer-index.ts';
import { isOfAnother, type Ownership, type OwnershipClaim, ownershipOf } from '../account/ownership.ts';
import type { CustomerContact, CustomerReader } from '../billing/billing.ts';

export interface CustomerClaim extends Omit<OwnershipClaim, 'stamp'> {
  readonly customerId: string;
  /** Whether the user asks for it. Then a record is enough proof for a customer that names no user. */
  readonly requested: boolean;
}

export type CustomerOwner =
  | {
      readonly kind: 'customer';
      readonly ownership: Ownership;
      /** The user that the customer, one of its subscriptions, or else the record of another user names. */
      readonly namedSub: string | null;
      /** Unix seconds. */
      readonly createdAt: number | null;
      readonly contact?: CustomerContact;
    }
  | { readonly kind: 'deleted' }
  | { readonly kind: 'missing' };

export interface CustomerOwnerServices extends IndexServices {
  readonly billing: CustomerReader;
}

export async function readCustomerOwner(
  services: CustomerOwnerServices,
  claim: CustomerClaim,
): Promise<CustomerOwner> {
  const { billing } = services;
  const { customerId, sub, poolId, requested } = claim;
  const lookup = await billing.retrieveCustomer(customerId);
  if (lookup.kind !== 'customer') return lookup;
  const recorded = claim.recorded && (requested || lookup.sub !== null);
  const ownership = ownershipOf({ stamp: lookup, sub, poolId, recorded });
  const ofCustomer = {
    kind: 'customer',
    createdAt: lookup.createdAt,
    ownership,
    namedSub: lookup.sub,
    ...(lookup.contact === undefined ? {} : { contact: lookup.contact }),
  } as const;
  if (isOfAnother(ownership) || (requested && lookup.sub !== null)) return ofCustomer;
  const stamps = await billing.readSubscriptionStamps(customerId);
  const named = stamps.map((stamp) => ({
    namedSub: stamp.sub,
    ownership: ownershipOf({ stamp, sub, poolId, recorded: false }),
  }));
  const contradiction = named.find((one) => isOfAnother(one.ownership));
  if (contradiction !== undefined) return { ...ofCustomer, ...contradiction };
  // Anything else is not ended anyway.
  const other = ownership === 'own' ? await otherUserNaming(services, { customerId, sub }) : undefined;
  return other === undefined ? ofCustomer : { ...ofCustomer, ownership: 'other_user', namedSub: other };
}

/** In this order, the first that holds for any customer decides about all of them. */
const severest: readonly Ownership[] = ['other_user', 'other_pool', 'unproven', 'named'];

/** Returns what holds for all the customers of one account: `own` only if each of them is. */
export function ownershipOfAll(ownerships: readonly Ownership[]): Ownership {
  return severest.find((ownership) => ownerships.includes(ownership)) ?? 'own';
}
