/**
 * The repairs that several checks share. They call the same use cases as everything else. Only they ask Cognito whether
 * a user exists: the webhook cannot distinguish the customer of a new user from that of a deleted one.
 */
import type { createDeleteAccount } from '../account/delete-account.ts';
import type { PoolUser, UserReader } from '../account/pool-user.ts';
import type { ProfileStore } from '../account/profile.ts';
import type { createProvision } from '../account/provision.ts';
import type { ChargeReader, CustomerRemover, SubscriptionReader } from '../billing/billing.ts';
import type { EntitlementStore } from '../entitlement/row.ts';
import type { createApplyEvent } from '../sync/apply-event.ts';
import type { createSync } from '../sync/sync.ts';
import type { SyncRequest } from '../sync/sync-request.ts';
import type { Log } from '../system/log.ts';
import type { DeletionBudget } from './deletion-budget.ts';
import type { Outcome } from './report.ts';

export interface RepairServices {
  readonly poolId: string;
  readonly sync: ReturnType<typeof createSync>;
  readonly applyEvent: ReturnType<typeof createApplyEvent>;
  readonly deleteAccount: ReturnType<typeof createDeleteAccount>;
  readonly provision: ReturnType<typeof createProvision>;
  readonly profiles: Pick<ProfileStore, 'read'>;
  readonly entitlements: Pick<EntitlementStore, 'read' | 'createIfAbsent' | 'remove' | 'removeIfUnchanged'>;
  readonly billing: SubscriptionReader & CustomerRemover & ChargeReader;
  readonly users: UserReader;
  readonly deletions: DeletionBudget;
  /** Records a trial of the past, so that the same person does not get a second one. */
  readonly recordTrial: (user: PoolUser, customerId: string) => Promise<void>;
  readonly log: Log;
}

/** What a repair did. `unchanged`: the drift was gone by then, so nothing had to be done. */
export type RepairOutcome = Exclude<Outcome, 'found' | 'failed'> | 'unchanged';

/**
 * Creates the profile, the row and the customer that the user lacks. Returns `unchanged` if the user is being deleted.
 * `customerId` is a customer known to be the user's. It must be passed because Stripe's search may not find it yet.
 */
export async function repairUser(
  services: Pick<RepairServices, 'provision' | 'sync'>,
  user: PoolUser,
  customerId: string | null = null,
): Promise<'created' | 'unchanged' | 'needs_review'> {
  const ready = await services.provision(user, customerId);
  if (ready.kind === 'deleted') return 'unchanged';
  // The profile's customer is another user's, which the log shows. A person decides.
  if (ready.kind === 'contradiction') return 'needs_review';
  await services.sync(syncRequest(ready.customerId, user.sub));
  if (customerId !== null && customerId !== ready.customerId) {
    await services.sync(syncRequest(customerId, user.sub));
  }
  return 'created';
}

/** Syncs the customer's user, provisions a user whose sign-up failed, or deletes the customer of a deleted user. */
export async function repairCustomer(
  services: Pick<
    RepairServices,
    'sync' | 'provision' | 'profiles' | 'users' | 'deletions' | 'billing' | 'log'
  >,
  customer: { readonly id: string; readonly sub: string },
): Promise<'synced' | 'created' | 'deleted' | 'unchanged' | 'needs_review'> {
  const outcome = await services.sync(syncRequest(customer.id, customer.sub));
  if (outcome.kind !== 'no_such_user') return outcome.kind === 'written' ? 'synced' : 'unchanged';
  const profile = await services.profiles.read(outcome.sub);
  // Either a deletion is in progress, which deletes the customer itself, or the user has just signed up.
  if (profile !== undefined) return 'unchanged';
  const user = await services.users.readUser({ sub: outcome.sub, username: null });
  if (user !== undefined) return repairUser(services, user, customer.id);
  services.deletions.spend();
  await deleteOrphanedCustomer(services, customer.id);
  return 'deleted';
}

export async function deleteOrphanedCustomer(
  { billing, log }: Pick<RepairServices, 'billing' | 'log'>,
  customerId: string,
): Promise<void> {
  await billing.deleteCustomer(customerId);
  log.warn('Deleted an orphaned Stripe customer.', {
    metric: 'orphaned_customer',
    customer_id: customerId,
  });
}

/**
 * Returns whether Stripe knows of a refund or a dispute that the customer's row does not show. A row learns of one only
 * from an event, and that may be lost.
 */
export async function isReversalMissing(
  { billing, entitlements }: Pick<RepairServices, 'billing' | 'entitlements'>,
  customerId: string,
): Promise<boolean> {
  const lookup = await billing.retrieveCustomer(customerId);
  if (lookup.kind !== 'customer' || lookup.sub === null) return false;
  const row = await entitlements.read(lookup.sub);
  // Most reversals concern a period that ended long ago.
  if (row === undefined || row.subscriptionId === null || row.plan === null) return false;
  return (await billing.readReversal(row.subscriptionId)) !== row.reversal;
}

export function syncRequest(customerId: string, sub: string | null): SyncRequest {
  return {
    customerId,
    sub,
    // The time of the change is unknown, so no earlier sync is recent enough.
    changedAt: null,
    cause: { kind: 'reconcile' },
    customerDeleted: false,
    includesReversal: false,
  };
}
