/**
 * Answers a deletion that is requested although no profile exists: a token outlives its user, so it is most often a
 * repetition. If nothing of the user is left anywhere, there is nothing to create, mark or delete.
 */
import type { CustomerFinder, CustomerReader } from '../billing/billing.ts';
import type { EntitlementStore } from '../entitlement/row.ts';
import type { PurchaseReader } from '../stores/purchase.ts';
import { type Clock, nowSeconds } from '../system/clock.ts';
import type { Log } from '../system/log.ts';
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
 * Returns whether the account is deleted already; `busy` while another request finds out. Otherwise runs `deletion`, whose
 * success is remembered like a check that found nothing.
 */
export async function repeatDeletion<T>(
  services: RepeatedDeletionServices,
  account: RepeatedDeletion,
  deletion: () => Promise<T>,
): Promise<T | 'deleted_before' | 'busy'> {
  const { checks, clock } = services;
  const { sub } = account;
  const reserved = await checks.reserve(sub, nowSeconds(clock));
  if (reserved !== 'reserved') return reserved === 'known' ? 'deleted_before' : 'busy';
  let isGone = false;
  try {
    const isLeft = await isAnythingLeft(services, account);
    const result = isLeft ? await deletion() : 'deleted_before';
    isGone = true;
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

async function isAnythingLeft(
  services: RepeatedDeletionServices,
  { poolId, sub, username }: RepeatedDeletion,
): Promise<boolean> {
  const { entitlements, users, billing, log } = services;
  const [row, user] = await Promise.all([entitlements.read(sub), users.readUser({ sub, username })]);
  // Another user may have the name by now.
  if (row !== undefined || user?.sub === sub) return true;
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
  return isOwn || (await hasPurchases(services, sub));
}

/** What RevenueCat still has to delete is on record, so nothing waits for a RevenueCat that does not answer. */
async function hasPurchases({ stores, clock, log }: RepeatedDeletionServices, sub: string): Promise<boolean> {
  if (stores === null) return false;
  try {
    const { purchases } = await clock.within(STORES_LIMIT_MS, () => stores.readPurchases(sub));
    return purchases.length > 0;
  } catch (cause) {
    const fields = { metric: 'stores_unread', user_id: sub };
    log.warn('RevenueCat did not answer whether the deleted user still has purchases.', fields, cause);
    return false;
  }
}
