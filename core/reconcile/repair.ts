/**
 * Sets right what a run found, by the same functions as everything else. It alone asks Cognito whether a user exists:
 * the webhook cannot tell a new user's customer from a deleted user's.
 */
import type { createDeleteAccount } from '../account/delete-account.ts';
import type { PoolUser, UserReader } from '../account/pool-user.ts';
import type { Profile, ProfileStore } from '../account/profile.ts';
import type { createProvision } from '../account/provision.ts';
import type { ChargeReader, CustomerRemover, SubscriptionReader } from '../billing/billing.ts';
import { type EntitlementRow, type EntitlementStore, emptyState, neverSynced } from '../entitlement/row.ts';
import { accessStateOf } from '../entitlement/state-fields.ts';
import { meaningOf } from '../subscription/status.ts';
import type { EventReading } from '../sync/stripe-event.ts';
import type { createSync } from '../sync/sync.ts';
import type { SyncRequest } from '../sync/sync-request.ts';
import { Fault } from '../system/fault.ts';
import type { Log } from '../system/log.ts';
import type { DeletionBudget } from './deletion-budget.ts';

export interface RepairServices {
  readonly poolId: string;
  readonly sync: ReturnType<typeof createSync>;
  readonly deleteAccount: ReturnType<typeof createDeleteAccount>;
  readonly provision: ReturnType<typeof createProvision>;
  readonly profiles: Pick<ProfileStore, 'read'>;
  readonly entitlements: Pick<EntitlementStore, 'read' | 'createIfAbsent' | 'remove' | 'removeIfUnchanged'>;
  readonly billing: SubscriptionReader & CustomerRemover & ChargeReader;
  readonly users: UserReader;
  readonly deletions: DeletionBudget;
  /** So that nobody who had one gets another. */
  readonly recordTrial: (user: PoolUser, customerId: string) => Promise<void>;
  readonly log: Log;
}

/** Finishes a deletion; gives a profile the customer that it lacks; removes what a late sign-up left. */
export async function settleProfile(services: RepairServices, profile: Profile): Promise<void> {
  const { userId: sub, customerId, deletion } = profile;
  if (deletion !== null) return finishDeletion(services, sub, deletion.username);
  const lookup = customerId === null ? undefined : await services.billing.retrieveCustomer(customerId);
  if (customerId !== null && lookup?.kind === 'customer') {
    if (await restoreRow(services, sub)) await services.sync(syncRequest(customerId, sub));
    return undefined;
  }
  // Deleted customers are known as such. One that was never there means that the key is of another account or mode.
  if (lookup?.kind === 'missing') {
    throw new Fault({
      code: 'refused',
      system: 'stripe',
      operation: 'retrieve customer',
      reason: 'customer_not_in_account',
    });
  }
  const user = await services.users.readUser({ sub, username: null });
  // A sign-up that was cut off while the account was deleted.
  if (user === undefined) {
    services.deletions.spend();
    return services.deleteAccount({ poolId: services.poolId, sub, username: null });
  }
  await settleUser(services, user);
  return undefined;
}

/** By username, since a federated user is not named by the `sub`; where the record lacks it, the pool is asked. */
async function finishDeletion(
  { users, deleteAccount, poolId }: RepairServices,
  sub: string,
  noted: string | null,
): Promise<void> {
  const username = noted ?? (await users.readUser({ sub, username: null }))?.username ?? null;
  return deleteAccount({ poolId, sub, username });
}

/** Answers whether the user stands: a deletion may have run since the page was read, and its row stays gone. */
async function restoreRow({ entitlements, profiles }: RepairServices, sub: string): Promise<boolean> {
  const made = await entitlements.createIfAbsent(sub, { ...emptyState, ...neverSynced });
  const profile = await profiles.read(sub);
  if (profile !== undefined && profile.deletion === null) return true;
  if (made !== 'exists') await entitlements.remove(sub);
  return false;
}

/**
 * Gives a user of the pool what sign-up would have given, with the customer that names them, if there is one. A
 * customer named just now is not in Stripe's search yet, and is told.
 */
export async function settleUser(
  services: Pick<RepairServices, 'provision' | 'sync'>,
  user: PoolUser,
  named: string | null = null,
): Promise<'settled' | 'being_deleted'> {
  const ready = await services.provision(user, named);
  if (ready.kind === 'deleted') return 'being_deleted';
  await services.sync(syncRequest(ready.customerId, user.sub));
  if (named !== null && named !== ready.customerId) await services.sync(syncRequest(named, user.sub));
  return 'settled';
}

/**
 * Brings the owner's row up to date; provisions an owner whose sign-up failed; ends the billing of one who is gone.
 * Answers whether anything had to be done.
 */
export async function settleCustomer(
  services: RepairServices,
  customer: { readonly id: string; readonly sub: string },
): Promise<boolean> {
  const outcome = await services.sync(syncRequest(customer.id, customer.sub));
  if (outcome.kind !== 'no_such_user') return outcome.kind === 'written';
  const profile = await services.profiles.read(outcome.sub);
  // Marked: the deletion ends the billing, and is tried again by its own part. Standing: a sign-up of this moment.
  if (profile !== undefined) return false;
  const user = await services.users.readUser({ sub: outcome.sub, username: null });
  if (user === undefined) {
    services.deletions.spend();
    return endBilling(services, customer.id);
  }
  return (await settleUser(services, user, customer.id)) === 'settled';
}

async function endBilling({ billing, log }: RepairServices, customerId: string): Promise<true> {
  log.error('A customer of nobody is ended.', { metric: 'orphan_customer', customer_id: customerId });
  await billing.deleteCustomer(customerId);
  return true;
}

/** Whether two live at this moment: the row that a listing was compared with may be behind. */
export async function hasTwoLive(
  { entitlements, billing }: RepairServices,
  customer: { readonly id: string; readonly sub: string },
): Promise<boolean> {
  const row = await entitlements.read(customer.sub);
  let live = 0;
  for (const id of new Set([...(row?.customerIds ?? []), customer.id])) {
    const list = await billing.listSubscriptions(id);
    const subscriptions = list === 'missing' ? [] : list.subscriptions;
    live += subscriptions.filter(({ status }) => meaningOf(status).alive).length;
  }
  return live > 1;
}

/** Whether money went back that the row does not tell of: it learns that by an event alone, which may be lost. */
export async function isReversalUnknown(services: RepairServices, customerId: string): Promise<boolean> {
  const lookup = await services.billing.retrieveCustomer(customerId);
  if (lookup.kind !== 'customer' || lookup.sub === null) return false;
  const row = await services.entitlements.read(lookup.sub);
  // Most of what went back is of periods long past.
  if (row === undefined || row.subscriptionId === null || row.plan === null) return false;
  return (await services.billing.readReversal(row.subscriptionId)) !== row.reversal;
}

export async function settleReversal(services: RepairServices, customerId: string): Promise<boolean> {
  const outcome = await services.sync({ ...syncRequest(customerId, null), includesReversal: true });
  return outcome.kind === 'written';
}

/** Whose money the event tells of; null where it is nobody's. */
export async function customerIn(services: RepairServices, reading: EventReading): Promise<string | null> {
  switch (reading.kind) {
    case 'sync':
      return reading.event.request.customerId;
    case 'charge_event':
      return services.billing.customerOfCharge(reading.event.chargeId);
    default:
      return null;
  }
}

/** As the webhook would have. Answers whether it had anything to do. */
export async function settleEvent(services: RepairServices, reading: EventReading): Promise<boolean> {
  const customerId = await customerIn(services, reading);
  if (customerId === null || (reading.kind !== 'sync' && reading.kind !== 'charge_event')) return false;
  return (await services.sync({ ...reading.event.request, customerId })).kind === 'written';
}

/** A row may rest on customers that are gone from every list; or be of a user who is gone. */
export async function settleRow(services: RepairServices, row: EntitlementRow): Promise<boolean> {
  const { sub } = row;
  const profile = await services.profiles.read(sub);
  if (profile === undefined) {
    const user = await services.users.readUser({ sub, username: null });
    if (user === undefined) return removeRow(services, sub);
    return (await settleUser(services, user)) === 'settled';
  }
  const customerId = row.customerIds[0] ?? profile.customerId;
  if (customerId === null || profile.deletion !== null) return false;
  await services.sync(syncRequest(customerId, sub));
  const after = await services.entitlements.read(sub);
  if (after === undefined || row.provisional !== after.provisional) return true;
  return JSON.stringify(accessStateOf(after)) !== JSON.stringify(accessStateOf(row));
}

/** Of nobody: first whatever is billed through it, or nothing would tell whose that was. */
async function removeRow(services: RepairServices, sub: string): Promise<boolean> {
  const row = await services.entitlements.read(sub);
  if (row === undefined) return false;
  services.deletions.spend();
  for (const id of row.customerIds) {
    const lookup = await services.billing.retrieveCustomer(id);
    if (lookup.kind === 'customer' && (lookup.sub ?? sub) === sub) await endBilling(services, id);
  }
  if ((await services.entitlements.removeIfUnchanged(row)) === 'removed') return true;
  throw new Fault({ code: 'contention', system: 'dynamodb', operation: 'remove entitlement row' });
}

function syncRequest(customerId: string, sub: string | null): SyncRequest {
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
