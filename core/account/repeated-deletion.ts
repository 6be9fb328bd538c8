/**
 * Answers a deletion that is requested although no profile exists: a token outlives its user, so it is most often a
 * repetition. If nothing of the user is left anywhere, there is nothing to create, mark or delete.
 */
import type { CustomerFinder, CustomerReader } from '../billing/billing.ts';
import type { EntitlementStore } from '../entitlement/row.ts';
import type { PendingRemovals } from '../stores/pending-removal.ts';
import type { PurchaseReader } from '../stores/purchase.ts';
import { type Clock, nowSeconds } from '../system/clock.ts';
import type { Log } from '../system/log.ts';
import { type DeletionResult, deletedBefore } from './delete-account.ts';
import type { UserReader } from './pool-user.ts';

/** The users without a profile whose deletion was checked lately. It names no one who is not checked again soon. */
export interface DeletionChecks {
  /** `known`: a check has found nothing left lately. `busy`: another one is under way. Otherwise, the caller checks. */
  reserve(sub: string, nowSeconds: number): Promise<'reserved' | 'known' | 'busy'>;
  /** Ends the check. `isGone`: nothing of the user is left. */
  settle(sub: string, isGone: boolean, nowSeconds: number): Promise<void>;
}

export interface RepeatedDeletionServices {
  readonly entitlements: Pick<EntitlementStore, 'read'>;
  readonly billing: CustomerReader & Pick<CustomerFinder, 'findCustomers'>;
  readonly users: UserReader;
  /** Null: this installation has no app in a store. */
  readonly stores: PurchaseReader | null;
  readonly removals: Pick<PendingRemovals, 'read'>;
  readonly checks: DeletionChecks;
  readonly clock: Pick<Clock, 'nowMs' | 'within'>;
  readonly log: Log;
}

/** What is left of the request's time is for a deletion. */
const STORES_LIMIT_MS = 5_000;

export interface RepeatedDeletion {
  readonly poolId: string;
  readonly sub: string;
  readonly username: string | null;
}

/**
 * Answers that the account is deleted already, or runs `deletion`, whose success is remembered like a check that found nothing.
 * `busy`: another request is finding out.
 */
export async function repeatDeletion(
  services: RepeatedDeletionServices,
  account: RepeatedDeletion,
  deletion: () => Promise<DeletionResult>,
): Promise<DeletionResult | 'busy'> {
  const { checks, clock, stores } = services;
  const { sub } = account;
  const reserved = await checks.reserve(sub, nowSeconds(clock));
  if (reserved === 'busy') return 'busy';
  if (reserved === 'known')
    return stores === null ? { ...deletedBefore, billingKnown: 'current' } : deletedBefore;
  let isGone = false;
  try {
    const { isLeft, billingKnown } = await findOut(services, account);
    const result = isLeft ? await deletion() : { ...deletedBefore, billingKnown };
    isGone = !result.storeCustomerRemains;
    return result;
  } finally {
    await settle(services, sub, isGone);
  }
}

/** A check that is not settled lapses by itself, so what was found out is answered all the same. */
async function settle(
  { checks, clock, log }: RepeatedDeletionServices,
  sub: string,
  isGone: boolean,
): Promise<void> {
  try {
    await checks.settle(sub, isGone, nowSeconds(clock));
  } catch (cause) {
    log.warn(
      'The check of a repeated deletion could not be recorded.',
      { metric: 'deletion_check_unsettled' },
      cause,
    );
  }
}

interface Finding {
  /** Whether any system still has something of the user. */
  readonly isLeft: boolean;
  readonly billingKnown: DeletionResult['billingKnown'];
}

const left: Finding = { isLeft: true, billingKnown: 'unknown' };

async function findOut(
  services: RepeatedDeletionServices,
  { poolId, sub, username }: RepeatedDeletion,
): Promise<Finding> {
  const { entitlements, users, billing, log } = services;
  const [row, user, removal] = await Promise.all([
    entitlements.read(sub),
    users.readUser({ sub, username }),
    services.stores === null ? undefined : services.removals.read(sub),
  ]);
  // Another user may have the name by now.
  if (row !== undefined || user?.sub === sub || removal !== undefined) return left;
  const found = await billing.findCustomers(sub);
  if (found === 'unavailable') {
    log.warn('Stripe search is not available for this account; unlinked customers cannot be found.', {
      metric: 'customer_search_unavailable',
      user_id: sub,
    });
  }
  // The search still lists customers that were deleted or re-assigned a moment ago.
  const lookups =
    found === 'unavailable' ? [] : await Promise.all(found.map((id) => billing.retrieveCustomer(id)));
  const isOwn = lookups.some(
    (lookup) =>
      lookup.kind === 'customer' &&
      lookup.sub === sub &&
      (lookup.poolId === null || lookup.poolId === poolId),
  );
  return isOwn ? left : findInStores(services, sub);
}

/** What RevenueCat still has to delete is on record, so nothing waits for a RevenueCat that does not answer. */
async function findInStores({ stores, clock, log }: RepeatedDeletionServices, sub: string): Promise<Finding> {
  if (stores === null) return { isLeft: false, billingKnown: 'current' };
  try {
    const { purchases } = await clock.within(STORES_LIMIT_MS, () => stores.readPurchases(sub));
    return purchases.length > 0 ? left : { isLeft: false, billingKnown: 'current' };
  } catch (cause) {
    const fields = { metric: 'stores_unread', user_id: sub };
    log.warn('RevenueCat did not answer whether the deleted user still has purchases.', fields, cause);
    return { isLeft: false, billingKnown: 'unknown' };
  }
}
