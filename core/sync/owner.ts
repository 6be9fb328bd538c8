/** Finds out which user a customer belongs to. */
import { type CustomerIndex, recordsName, usersNaming } from '../account/customer-index.ts';
import { type CustomerStamp, type OwnerSource, reportContradiction } from '../account/ownership.ts';
import type { Profile, ProfileStore } from '../account/profile.ts';
import type {
  CustomerLookup,
  CustomerReader,
  SubscriptionList,
  SubscriptionReader,
} from '../billing/billing.ts';
import type { EntitlementRow, EntitlementStore } from '../entitlement/row.ts';
import { Fault } from '../system/fault.ts';
import type { Log } from '../system/log.ts';
import { eventIdOf, type SyncRequest } from './sync-request.ts';

/** Caches the owner of a customer: what its own metadata said when they were last read. A person may change them. */
export interface OwnerCache {
  get(customerId: string): string | undefined;
  set(customerId: string, sub: string): void;
}

export interface StripeOwnerServices {
  readonly billing: CustomerReader & Pick<SubscriptionReader, 'listSubscriptions'>;
  readonly owners: OwnerCache;
  readonly log: Log;
}

export interface OwnerServices extends StripeOwnerServices {
  readonly profiles: Pick<ProfileStore, 'read'>;
  readonly entitlements: Pick<EntitlementStore, 'read'>;
  readonly index: CustomerIndex;
  /** Null if it is not configured. */
  readonly poolId: string | null;
}

/**
 * Returns the user to begin with, after at most one call to Stripe, or `undefined` if the customer belongs to no user. Of
 * a customer that names another user than before, it is the former one: the sync of that user goes on with the new one.
 * The index spares the call: what it leads to counts once the list of subscriptions shows the same user.
 */
export async function guessOwner(
  services: OwnerServices,
  request: SyncRequest,
): Promise<PossibleOwner | undefined> {
  const known = request.formerSub ?? request.sub ?? services.owners.get(request.customerId);
  if (known !== undefined) return { sub: known, isConfirmed: false };
  const indexed = await indexedUsers(services, request);
  const [sub, ...others] = indexed ?? [];
  // A deleted customer has no list that could show its user.
  if (sub !== undefined && others.length === 0 && !request.customerDeleted)
    return { sub, isConfirmed: false, isHint: true };
  return lookUpOwner(services, request, indexed);
}

/** Undefined: the index could not be read. Stripe may know the user. */
async function indexedUsers(
  { index }: Pick<OwnerServices, 'index'>,
  { customerId }: SyncRequest,
): Promise<readonly string[] | undefined> {
  try {
    return await index.usersOf(customerId);
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return undefined;
  }
}

/** Returns the user that the customer itself names, or else the one to which the index leads. */
export async function lookUpOwner(
  services: OwnerServices,
  request: SyncRequest,
  indexed?: readonly string[],
): Promise<PossibleOwner | undefined> {
  const lookup = await services.billing.retrieveCustomer(request.customerId);
  const owner = ownerIn(services, request.customerId, lookup);
  if (owner !== undefined) return { sub: owner, isConfirmed: true };
  return isOfOtherPool(services, lookup) ? undefined : ownerByIndex(services, request, indexed);
}

/** Another stage shares the Stripe account. Whatever the records of this one say, the customer is not its own. */
function isOfOtherPool({ poolId }: Pick<OwnerServices, 'poolId'>, lookup: CustomerLookup): boolean {
  if (lookup.kind !== 'customer' || lookup.poolId === null) return false;
  return poolId !== null && lookup.poolId !== poolId;
}

export interface PossibleOwner {
  readonly sub: string;
  /** Whether this sync has asked Stripe about the customer, which names no one else. */
  readonly isConfirmed: boolean;
  /** Whether only the index leads to the user. The user's records must name the customer too. */
  readonly byIndex?: boolean;
  /** Whether only the index leads to the user, and Stripe has not been asked whom the customer names. */
  readonly isHint?: boolean;
}

/**
 * Returns the user whose records may name a customer that names no user itself. If those of several users do, only a person
 * knows whose it is, and no row is changed.
 */
export async function ownerByIndex(
  services: OwnerServices,
  { customerId, cause }: Pick<SyncRequest, 'customerId' | 'cause'>,
  indexed?: readonly string[],
): Promise<PossibleOwner | undefined> {
  const subs = indexed ?? (await services.index.usersOf(customerId));
  const [only, ...others] = subs;
  if (only === undefined) return undefined;
  if (others.length === 0) return { sub: only, isConfirmed: true, byIndex: true };
  const index = { usersOf: async () => subs };
  const naming = await usersNaming({ ...services, index }, customerId);
  const [first, ...rest] = naming.filter(({ records: { profile } }) => (profile?.deletion ?? null) === null);
  if (first === undefined) return undefined;
  if (rest.length === 0) return { sub: first.sub, isConfirmed: true, byIndex: true };
  for (const other of rest) {
    const source = other.records.row?.customerIds.includes(customerId) === true ? 'row' : 'profile';
    const named = { customerId, sub: first.sub, otherSub: other.sub, source } as const;
    reportContradiction(services.log, named, eventIdOf(cause));
  }
  return undefined;
}

/** Returns whether the user that the index leads to, if only that did, has records which name the customer. */
export function isProven({ byIndex, request, row, profile }: OwnerClaim): boolean {
  return byIndex !== true || recordsName({ row, profile }, request.customerId);
}

export interface OwnerClaim extends PossibleOwner {
  readonly request: SyncRequest;
  readonly row: EntitlementRow | undefined;
  /** Undefined also if it was not read, because the row proves that the user exists. */
  readonly profile: Profile | undefined;
}

export interface ConfirmedOwner {
  /** Undefined: the customer belongs to no user. */
  readonly owner: string | undefined;
  /** The subscriptions of the customer, if they were listed to find the owner. */
  readonly list?: SubscriptionList;
}

/**
 * Returns the owner of a customer that the row of `claim.sub` does not list yet, that was re-assigned, or to which only a hint
 * leads. `ask`: the hint is not confirmed. The list of subscriptions is read anyway, and shows the customer's metadata too.
 * The customer's own metadata are final. A profile, and the metadata of a subscription, count only where the customer
 * itself names no user. That it named a user before counts for nothing.
 */
export async function confirmOwner(
  services: StripeOwnerServices,
  claim: OwnerClaim,
): Promise<ConfirmedOwner | 'ask'> {
  const { request, sub, row, profile, isConfirmed } = claim;
  const { customerId } = request;
  if (isConfirmed) return { owner: sub };
  const isFormer = sub === request.formerSub;
  // The list of subscriptions corrects the cache, but only a user who exists gets that far.
  if (!isFormer && exists(claim) && services.owners.get(customerId) === sub) return { owner: sub };
  const shown = await ownerShown(services, claim);
  const { owner } = shown;
  if (owner === undefined && claim.isHint === true) return 'ask';
  if (owner === sub) return shown;
  if (owner !== undefined) {
    reportClaim(services, claim, { customerId, sub: owner });
    return { owner };
  }
  const isRecorded = profile?.customerId === customerId || row?.customerIds.includes(customerId) === true;
  return { ...shown, owner: isFormer && !isRecorded ? (request.sub ?? undefined) : sub };
}

/** Returns the user that the customer itself names. */
async function ownerShown(services: StripeOwnerServices, claim: OwnerClaim): Promise<ConfirmedOwner> {
  const { request, isHint } = claim;
  const { customerId } = request;
  if (request.customerDeleted) return { owner: undefined };
  // Of a re-assigned customer, its own metadata decide, whether it has subscriptions or not.
  const isListed = !request.reassigned && exists(claim);
  const list = isListed ? await services.billing.listSubscriptions(customerId) : 'missing';
  const read = list === 'missing' ? {} : { list };
  if (read.list !== undefined && read.list.owner !== null) {
    return { ...read, owner: ownerIn(services, customerId, { kind: 'customer', ...read.list.owner }) };
  }
  if (isHint === true) return { owner: undefined };
  const lookup = await services.billing.retrieveCustomer(customerId);
  return { ...read, owner: ownerIn(services, customerId, lookup) };
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

function ownerIn(
  services: Pick<OwnerServices, 'owners'>,
  customerId: string,
  lookup: CustomerLookup | ({ readonly kind: 'customer' } & CustomerStamp),
): string | undefined {
  if (lookup.kind !== 'customer' || lookup.sub === null) return undefined;
  services.owners.set(customerId, lookup.sub);
  return lookup.sub;
}
