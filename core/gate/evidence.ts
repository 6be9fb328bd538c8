/**
 * Gathers the evidence for an ending, at the moment of the decision: what the tables hold, what the objects in Stripe say
 * about themselves, and what the pool answers to a direct question.
 */

import { type CustomerIndex, otherUserNaming } from '../account/customer-index.ts';
import {
  type CustomerStamp,
  isOfAnother,
  type Ownership,
  type OwnershipClaim,
  ownershipOf,
} from '../account/ownership.ts';
import type { UserReader } from '../account/pool-user.ts';
import type { ProfileStore } from '../account/profile.ts';
import type {
  CustomerLookup,
  CustomerReader,
  OrphanBilling,
  PurchasedSubscription,
} from '../billing/billing.ts';
import { customerNotInAccount } from '../billing/customer-not-in-account.ts';
import { actionFor, isOver, USED_AFTER_SECONDS } from '../checkout/orphaned-checkout.ts';
import type { EntitlementStore } from '../entitlement/row.ts';
import { isUnused } from '../purchase/orphaned-purchase.ts';
import type { PendingRemoval, PendingRemovals } from '../stores/pending-removal.ts';
import { type Clock, nowSeconds } from '../system/clock.ts';
import { ownershipOfAll, readCustomerOwner } from './customer-owner.ts';
import type { Basis, Evidence, MissingUser } from './decide.ts';
import type { Ending } from './ending.ts';
import type { AdoptionRecord } from './limit.ts';
import { type Records, requestedAtOf, signUpAtOf } from './record-times.ts';

export interface EvidenceServices {
  /** Null if it is not configured: then nothing is proven to be this stage's. */
  readonly poolId: string | null;
  readonly users: UserReader;
  readonly profiles: Pick<ProfileStore, 'read'>;
  readonly entitlements: Pick<EntitlementStore, 'read'>;
  readonly index: Pick<CustomerIndex, 'usersOf'>;
  readonly removals: Pick<PendingRemovals, 'read'>;
  readonly billing: CustomerReader &
    Pick<OrphanBilling, 'readPurchased' | 'readFirstPayment' | 'readSale' | 'customerDeletedAt'>;
  readonly adoption: Pick<AdoptionRecord, 'isComplete'>;
  readonly clock: Pick<Clock, 'nowMs'>;
  /** Returns the time that a stored text names, in Unix milliseconds, or null. */
  readonly timeOf: (text: string) => number | null;
}

/** What was read about the user and the object. */
export interface Facts extends Records {
  /**
   * Undefined if there is nothing to end, the user has records of this stage by now, or the object is another stage's: a
   * stage that shares its Stripe account lists the customers of the others and receives their events.
   */
  readonly evidence: Evidence | undefined;
  /** When the user requested the deletion, in Unix seconds. Null if no request is on record, or its time is unreadable. */
  readonly requestedAt: number | null;
  /** The record of what RevenueCat still has. Read only to end that. */
  readonly removal: PendingRemoval | undefined;
}

/** Returns the customers that the records name, each once. */
export function recordedCustomers({ profile, row }: Records): readonly string[] {
  const ofProfile = profile?.customerId ?? null;
  return [...new Set([...(ofProfile === null ? [] : [ofProfile]), ...(row?.customerIds ?? [])])];
}

export async function collectFacts(services: EvidenceServices, ending: Ending): Promise<Facts> {
  // In this order: a deletion removes the row first. Without a profile, the row is then known to be gone too.
  const profile = await services.profiles.read(ending.sub);
  const row = await services.entitlements.read(ending.sub);
  const removal = ending.kind === 'store_customer' ? await services.removals.read(ending.sub) : undefined;
  const records = { profile, row };
  const evidence = isStillOrphaned(ending, records)
    ? await evidenceFor(services, ending, { ...records, removal })
    : undefined;
  return { ...records, removal, evidence, requestedAt: requestedAtOf(services, profile) };
}

/** Returns whether the records still show what the ending assumes. Otherwise other repairs are responsible. */
function isStillOrphaned({ kind }: Ending, { profile, row }: Records): boolean {
  switch (kind) {
    case 'account':
      // A deletion that the user requested is finished without new proof.
      return profile !== undefined && profile.deletion?.requested !== true;
    case 'row':
      return row !== undefined && profile === undefined;
    case 'checkout':
    case 'purchase':
      return profile === undefined ? row === undefined : profile.deletion !== null;
    default:
      return profile === undefined && row === undefined;
  }
}

async function evidenceFor(
  services: EvidenceServices,
  ending: Ending,
  { removal, ...records }: Records & Pick<Facts, 'removal'>,
): Promise<Evidence | undefined> {
  switch (ending.kind) {
    case 'customer': {
      const claim = { ...services, ...ending, recorded: false, requested: false };
      const owner = await readCustomerOwner(services, claim);
      if (owner.kind !== 'customer' || owner.ownership === 'other_pool') return undefined;
      const { ownership, createdAt } = owner;
      const signUpAt = createdAt ?? 'unknown';
      return { ownership, basis: await missingUser(services, { sub: ending.sub, ownership, signUpAt }) };
    }
    case 'checkout':
      return evidenceOfCheckout(services, ending, records);
    case 'purchase':
      return evidenceOfPurchase(services, ending, records);
    case 'store_customer':
      return removal === undefined ? undefined : evidenceOfRemoval(services, removal);
    default:
      return evidenceOfRecords(services, ending.sub, records);
  }
}

/**
 * The tables are this stage's own, and their keys name the user. But what they name ends with them, so each customer must be
 * the user's too. Without a pool, no one can be asked about the user.
 */
async function evidenceOfRecords(
  services: EvidenceServices,
  sub: string,
  records: Records,
): Promise<Evidence> {
  const claim = { ...services, sub, recorded: true, requested: false };
  const ids = recordedCustomers(records);
  const owners = await Promise.all(
    ids.map((customerId) => readCustomerOwner(services, { ...claim, customerId })),
  );
  const live = owners.filter((owner) => owner.kind === 'customer');
  const ofAll = ownershipOfAll(live.map(({ ownership }) => ownership));
  const ownership = services.poolId === null ? 'unproven' : ofAll;
  const signUpAt = signUpAtOf(services, records, live);
  return { ownership, basis: await missingUser(services, { sub, ownership, signUpAt }) };
}

/** The record is this stage's, and its key names the user. It was made when the account was deleted, so no sign-up is in progress. */
async function evidenceOfRemoval(
  services: EvidenceServices,
  { sub, requested }: PendingRemoval,
): Promise<Evidence> {
  if (requested) return { ownership: 'own', basis: { kind: 'requested' } };
  const ownership = services.poolId === null ? 'unproven' : 'own';
  return { ownership, basis: await missingUser(services, { sub, ownership, signUpAt: null }) };
}

async function evidenceOfCheckout(
  services: EvidenceServices,
  ending: Extract<Ending, { readonly kind: 'checkout' }>,
  { profile, row }: Records,
): Promise<Evidence | undefined> {
  const { sub, customerId, subscriptionId } = ending;
  const purchased = await services.billing.readPurchased(subscriptionId);
  // Stripe keeps subscriptions that have ended.
  if (purchased === 'missing') throw customerNotInAccount('read subscription');
  if (purchased.customerId !== customerId) return undefined;
  const deletion = profile?.deletion ?? null;
  const requestedAt = requestedAtOf(services, profile);
  // Without a readable time nothing shows that the purchase was not used.
  if (deletion !== null && requestedAt === null) return undefined;
  if (await isSettled(services, subscriptionId, { purchased, requestedAt })) return undefined;
  return evidenceOfSale(services, { sub, customerId, stamp: purchased.stamp }, { profile, row });
}

async function evidenceOfPurchase(
  services: EvidenceServices,
  ending: Extract<Ending, { readonly kind: 'purchase' }>,
  records: Records,
): Promise<Evidence | undefined> {
  const { sub, customerId, sessionId, paidAt } = ending;
  const sale = await services.billing.readSale(sessionId);
  // Stripe keeps sessions that have ended.
  if (sale === 'missing') throw customerNotInAccount('read checkout');
  if (sale.customerId !== customerId || !sale.refundable) return undefined;
  const deletion = records.profile?.deletion ?? null;
  const requestedAt = requestedAtOf(services, records.profile);
  // Without a readable time nothing shows that the purchase was not used.
  if (deletion !== null && requestedAt === null) return undefined;
  const beganAt = paidAt ?? sale.chargedAt;
  // Once the account is deleted, only its customer shows when that was.
  const endedAt =
    requestedAt === null && beganAt !== null
      ? await services.billing.customerDeletedAt(customerId, beganAt - USED_AFTER_SECONDS)
      : requestedAt;
  if (!isUnused(beganAt, endedAt ?? nowSeconds(services.clock))) return undefined;
  return evidenceOfSale(services, { sub, customerId, stamp: sale.stamp }, records);
}

/** The evidence about what was sold to a user who has no records, or is being deleted. */
async function evidenceOfSale(
  services: EvidenceServices,
  sold: { readonly sub: string; readonly customerId: string; readonly stamp: CustomerStamp },
  { profile, row }: Records,
): Promise<Evidence | undefined> {
  const { sub, customerId, stamp } = sold;
  const listed = row?.customerIds.includes(customerId) === true || profile?.customerId === customerId;
  const claim = { poolId: services.poolId, sub, recorded: listed };
  const ownership = ownershipOf({ ...claim, stamp });
  const customer = await services.billing.retrieveCustomer(customerId);
  const proven = await ofRecordsToo(services, sold, ofCustomerToo({ ownership, customer, claim }));
  if (proven === 'other_pool') return undefined;
  if (profile?.deletion?.requested === true) return { ownership: proven, basis: { kind: 'requested' } };
  // The user signed up no later than the customer was created. Lost records do not show that it was long ago.
  const signUpAt = customer.kind === 'customer' ? (customer.createdAt ?? 'unknown') : null;
  return { ownership: proven, basis: await missingUser(services, { sub, ownership: proven, signUpAt }) };
}

/**
 * Returns the ownership of a purchase with what its customer says: the customer may be another user's by now, and what was
 * sold to it belongs to that user. Sessions of version 0.1 name no pool, and their customer may.
 */
function ofCustomerToo(purchase: {
  readonly ownership: Ownership;
  readonly customer: CustomerLookup;
  readonly claim: Omit<OwnershipClaim, 'stamp'>;
}): Ownership {
  const { ownership, customer, claim } = purchase;
  if (customer.kind !== 'customer') return ownership;
  const ofCustomer = ownershipOf({ ...claim, stamp: customer });
  return isOfAnother(ofCustomer) || ownership === 'named' ? ofCustomer : ownership;
}

/** What was sold to a customer that the records of another user name may be what that user pays for. */
async function ofRecordsToo(
  services: EvidenceServices,
  checkout: { readonly sub: string; readonly customerId: string },
  ownership: Ownership,
): Promise<Ownership> {
  if (ownership !== 'own' && ownership !== 'named') return ownership;
  return (await otherUserNaming(services, checkout)) === undefined ? ownership : 'other_user';
}

/**
 * Returns whether nothing is left to do: the purchase was used, and ends with the account, or it has ended and there is
 * nothing to refund. Stripe lists an undelivered event for 30 days, whatever has been done about it.
 */
async function isSettled(
  { billing, clock }: EvidenceServices,
  subscriptionId: string,
  {
    purchased,
    requestedAt,
  }: { readonly purchased: PurchasedSubscription; readonly requestedAt: number | null },
): Promise<boolean> {
  const { paidAt, refundable } = await billing.readFirstPayment(subscriptionId);
  const action = actionFor({ ...purchased, paidAt }, { nowSeconds: nowSeconds(clock), requestedAt });
  if (action === 'refund') return !refundable;
  return action === 'leave' && (requestedAt !== null || isOver(purchased));
}

async function missingUser(
  { users, adoption, clock }: EvidenceServices,
  about: { readonly sub: string; readonly ownership: Ownership; readonly signUpAt: MissingUser['signUpAt'] },
): Promise<Basis> {
  const { sub, ownership, signUpAt } = about;
  const basis = { kind: 'user_missing', signUpAt, nowSeconds: nowSeconds(clock) } as const;
  // Whatever the pool would answer: what is not this stage's is not ended.
  if (ownership !== 'own') return { ...basis, pool: 'not_asked', adopted: false };
  const known = (await users.readUser({ sub, username: null })) !== undefined;
  if (known) return { ...basis, pool: 'knows_user', adopted: false };
  return { ...basis, pool: 'unknown_user', adopted: await adoption.isComplete() };
}
