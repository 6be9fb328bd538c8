/**
 * Deletion: first the record, then the billing, then the access, then the identity, and the record last. Wherever it
 * breaks off, the record stands, the customer is no longer billed before the login goes, and asking again finishes it.
 */
import type { CustomerRemover } from '../billing/billing.ts';
import type { EntitlementStore } from '../entitlement/row.ts';
import type { Clock } from '../system/clock.ts';
import { Fault } from '../system/fault.ts';
import type { Log } from '../system/log.ts';
import type { Profile, ProfileStore } from './profile.ts';

export interface UserDirectory {
  /** By username: a federated user is not named by the `sub`. Who is gone already is deleted. */
  deleteUser(username: string): Promise<void>;
}

export interface DeletionServices {
  readonly profiles: Pick<ProfileStore, 'markForDeletion' | 'remove'>;
  readonly entitlements: Pick<EntitlementStore, 'read' | 'removeIfUnchanged'>;
  readonly billing: CustomerRemover;
  readonly directory: UserDirectory;
  readonly clock: Pick<Clock, 'nowIso'>;
  readonly log: Log;
}

export interface DeletionRequest {
  readonly poolId: string;
  readonly sub: string;
  /** As the verified token names the user; `null` where the record must know it. */
  readonly username: string | null;
}

/** A sync may add a customer to the row while it is being removed; each loss is one more customer found. */
const MAX_ROUNDS = 5;

/** Resolves when the user is gone everywhere; else throws the first `Fault` met, and the intent stays on record. */
export function createDeleteAccount(services: DeletionServices) {
  return async (request: DeletionRequest): Promise<void> => {
    const { sub, username } = request;
    const at = services.clock.nowIso();
    const profile = await services.profiles.markForDeletion({ userId: sub, username, at });
    await endBillingAndAccess(services, request, profile);
    await services.directory.deleteUser(usernameOf(services, request, profile));
    await services.profiles.remove(sub);
  };
}

/** Deletes every customer that anything knows of, then the row, unless the row has learnt of another one meanwhile. */
async function endBillingAndAccess(
  services: DeletionServices,
  request: DeletionRequest,
  profile: Profile,
): Promise<void> {
  const row = await services.entitlements.read(request.sub);
  const known = [...(profile.customerId === null ? [] : [profile.customerId]), ...(row?.customerIds ?? [])];
  const deleted = new Set([...known, ...(await lookUp(services, request, profile))]);
  await deleteCustomers(services, [...deleted]);
  let last = row;
  for (let round = 1; round <= MAX_ROUNDS; round += 1) {
    if (last !== undefined && (await services.entitlements.removeIfUnchanged(last)) === 'removed') return;
    const next = await services.entitlements.read(request.sub);
    // Absent still, though the customers are gone: a sign-up under way sees that, and takes back what it writes.
    if (last === undefined && next === undefined) return;
    const news = next?.customerIds.filter((id) => !deleted.has(id)) ?? [];
    await deleteCustomers(services, news);
    for (const id of news) deleted.add(id);
    last = next;
  }
  throw new Fault({ code: 'contention', system: 'dynamodb', operation: 'remove entitlement row' });
}

/**
 * Customers that no row names: made by other code, or by a sign-up whose answer was lost. The search is up to a
 * minute late, which the repeated creation makes up for: within a day it answers the customer that sign-up made.
 */
async function lookUp(
  services: DeletionServices,
  request: DeletionRequest,
  profile: Profile,
): Promise<readonly string[]> {
  const found = await services.billing.findCustomers(request.sub);
  if (found === 'unavailable') {
    services.log.warn('Stripe cannot search here: customers that no row names stay unknown.', {
      metric: 'customer_search_unavailable',
    });
  }
  const listed = found === 'unavailable' ? [] : found;
  if (profile.customerId !== null) return listed;
  return [...listed, await services.billing.createCustomer(request)];
}

/** All are tried, so that one that fails does not leave the others billed; then the first failure is thrown. */
async function deleteCustomers(services: DeletionServices, customerIds: readonly string[]): Promise<void> {
  const results = await Promise.allSettled(customerIds.map((id) => services.billing.deleteCustomer(id)));
  const failure = results.find((result) => result.status === 'rejected');
  if (failure !== undefined) throw failure.reason;
}

function usernameOf(services: DeletionServices, request: DeletionRequest, profile: Profile): string {
  const username = request.username ?? profile.deletion?.username;
  if (username) return username;
  // Right for every local user; of a federated one it would find nobody, which must be seen.
  services.log.warn('The token names no username; the user is deleted by its sub.', {
    metric: 'username_unknown',
  });
  return request.sub;
}
