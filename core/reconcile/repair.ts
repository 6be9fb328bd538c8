/**
 * The repairs that several checks share. They call the same use cases as everything else. What belongs to no user any
 * more is only proposed: the gate decides whether it is ended.
 */
import { type CustomerIndex, usersNaming } from '../account/customer-index.ts';
import type { createDeleteAccount } from '../account/delete-account.ts';
import type { PoolUser, UserReader } from '../account/pool-user.ts';
import type { ProfileStore } from '../account/profile.ts';
import type { createProvision } from '../account/provision.ts';
import type { ChargeReader, CustomerWriter, SubscriptionReader } from '../billing/billing.ts';
import { claimsOf } from '../entitlement/claims.ts';
import type { PlanOrder } from '../entitlement/plan-order.ts';
import type { EntitlementRow, EntitlementStore } from '../entitlement/row.ts';
import { stateDiffers } from '../entitlement/state-fields.ts';
import type { Ending } from '../gate/ending.ts';
import type { Gate } from '../gate/gate.ts';
import type { PendingRemovals } from '../stores/pending-removal.ts';
import type { PurchaseReader } from '../stores/purchase.ts';
import { reflectionOf } from '../stores/reflects.ts';
import type { SyncStores } from '../stores/sync-stores.ts';
import type { createApplyEvent } from '../sync/apply-event.ts';
import { readReversal } from '../sync/read-reversal.ts';
import type { createSync } from '../sync/sync.ts';
import type { SyncRequest } from '../sync/sync-request.ts';
import type { Log } from '../system/log.ts';
import { showsPurchases } from './compare-purchases.ts';
import type { Action } from './report.ts';

export interface RepairServices {
  readonly poolId: string;
  readonly sync: ReturnType<typeof createSync>;
  readonly removals: Pick<PendingRemovals, 'read'>;
  /** Null, as the next one: this installation has no app in a store. */
  readonly stores: PurchaseReader | null;
  readonly syncStores: SyncStores | null;
  readonly applyEvent: ReturnType<typeof createApplyEvent>;
  /** Finishes the deletions that users requested. */
  readonly deleteAccount: ReturnType<typeof createDeleteAccount>;
  readonly provision: ReturnType<typeof createProvision>;
  readonly profiles: Pick<ProfileStore, 'read'>;
  readonly entitlements: Pick<EntitlementStore, 'read' | 'createIfAbsent' | 'removeIfUnchanged'>;
  readonly index: CustomerIndex;
  /** That of the sync, so that a row which a sync has just written never differs. */
  readonly planOrder: PlanOrder;
  readonly billing: SubscriptionReader & ChargeReader & Pick<CustomerWriter, 'describeCustomer'>;
  readonly users: UserReader;
  readonly gate: Gate;
  /** Records a trial of the past, so that the same person does not get a second one. */
  readonly recordTrial: (user: PoolUser, customerId: string) => Promise<void>;
  readonly log: Log;
}

/** What a repair did. `unchanged`: the drift was gone by then, so nothing had to be done. */
export type RepairOutcome = Exclude<Action, 'failed' | 'withheld'> | 'unchanged';

/** What is to be done about a drift. Making a plan only reads. */
export type Plan =
  | { readonly kind: 'unchanged' }
  /** Only a person can decide. */
  | { readonly kind: 'review' }
  | { readonly kind: 'end'; readonly ending: Ending }
  /**
   * What is derived from records is written again, or what holds only for a time is renewed. Nothing differs that anyone needs
   * to know, so it is no finding, and a run that only reports leaves it.
   */
  | { readonly kind: 'upkeep'; readonly run: () => Promise<unknown> }
  | {
      readonly kind: 'repair';
      /** What the repair is expected to do, for a dry run. */
      readonly action: Action;
      /** Returns what it did, or what it found to be ended. */
      readonly run: () => Promise<RepairOutcome | Ending>;
    };

export const unchanged: Plan = { kind: 'unchanged' };

export function repairPlan(action: Action, run: () => Promise<RepairOutcome | Ending>): Plan {
  return { kind: 'repair', action, run };
}

export function upkeepPlan(run: () => Promise<unknown>): Plan {
  return { kind: 'upkeep', run };
}

export function endPlan(ending: Ending): Plan {
  return { kind: 'end', ending };
}

/**
 * Creates the profile, the row and the customer that the user lacks. Returns `unchanged` if the user is being deleted.
 * `customerId` is a customer known to be the user's. It must be passed because Stripe's search may not find it yet.
 */
export async function repairUser(
  services: Pick<RepairServices, 'provision' | 'sync'>,
  user: PoolUser,
  customerId: string | null = null,
): Promise<'user_provisioned' | 'unchanged' | 'needs_review'> {
  const ready = await services.provision(user, customerId);
  if (ready.kind === 'deleted') return 'unchanged';
  // The profile's customer is another user's, which the log shows. A person decides.
  if (ready.kind === 'contradiction') return 'needs_review';
  await services.sync(syncRequest(ready.customerId, user.sub));
  if (customerId !== null && customerId !== ready.customerId) {
    await services.sync(syncRequest(customerId, user.sub));
  }
  return 'user_provisioned';
}

/** Syncs the customer's user, provisions a user whose sign-up failed, or proposes to end the customer of a deleted user. */
export async function planCustomer(
  services: Pick<RepairServices, 'sync' | 'provision' | 'profiles' | 'entitlements' | 'users'>,
  customer: { readonly id: string; readonly sub: string },
): Promise<Plan> {
  const { id, sub } = customer;
  const [profile, row] = await Promise.all([services.profiles.read(sub), services.entitlements.read(sub)]);
  if (profile !== undefined || row !== undefined) {
    return repairPlan('synced', async () => {
      const { kind } = await services.sync(syncRequest(id, sub));
      return kind === 'written' ? 'synced' : 'unchanged';
    });
  }
  const user = await services.users.readUser({ sub, username: null });
  if (user === undefined) return endPlan({ kind: 'customer', sub, customerId: id });
  return repairPlan('user_provisioned', () => repairUser(services, user, id));
}

/** Asks RevenueCat, and syncs the purchases of the user if the row does not show them. */
export async function planStores(
  { stores, syncStores, entitlements }: Pick<RepairServices, 'stores' | 'syncStores' | 'entitlements'>,
  { sub, nowSeconds }: { readonly sub: string; readonly nowSeconds: number },
): Promise<Plan> {
  if (stores === null || syncStores === null) return unchanged;
  const row = await entitlements.read(sub);
  const sync = () => syncStores({ sub, cause: { kind: 'reconcile' } });
  switch (reflectionOf(row, await stores.readPurchases(sub), nowSeconds)) {
    case 'shown':
      return unchanged;
    case 'ends_soon':
      return upkeepPlan(sync);
    default:
      return repairPlan('synced', async () => ((await sync()).kind === 'written' ? 'synced' : 'unchanged'));
  }
}

/** Returns the row of the user that the customer names, or of the only user whose records name a customer that names no one. */
async function rowOfCustomer(
  services: Pick<RepairServices, 'billing' | 'entitlements' | 'profiles' | 'index' | 'poolId'>,
  customerId: string,
): Promise<EntitlementRow | undefined> {
  const lookup = await services.billing.retrieveCustomer(customerId);
  if (lookup.kind !== 'customer') return undefined;
  if (lookup.sub !== null) return services.entitlements.read(lookup.sub);
  if (lookup.poolId !== null && lookup.poolId !== services.poolId) return undefined;
  const [only, ...others] = await usersNaming(services, customerId);
  return others.length === 0 ? only?.records.row : undefined;
}

/**
 * Returns whether Stripe knows of a refund or a dispute that the customer's row does not show. A row learns of one only
 * from an event, and that may be lost.
 */
export async function isReversalMissing(
  services: Pick<
    RepairServices,
    'billing' | 'planOrder' | 'entitlements' | 'profiles' | 'index' | 'poolId' | 'log'
  >,
  customerId: string,
): Promise<boolean> {
  const row = await rowOfCustomer(services, customerId);
  if (row !== undefined && !(await showsPurchases(services, row))) return true;
  // Most reversals concern a period that ended long ago.
  for (const { subscriptionId, currentPeriodEnd, reversal } of row === undefined ? [] : claimsOf(row)) {
    if (subscriptionId === null || currentPeriodEnd === null) continue;
    const read = await readReversal(services, subscriptionId);
    if (read !== 'unclear' && read !== reversal) return true;
  }
  return false;
}

/** Returns whether two states of one row differ in what decides on access. */
export function claimsDiffer(a: EntitlementRow, b: EntitlementRow): boolean {
  const [claimsOfA, claimsOfB] = [claimsOf(a), claimsOf(b)];
  return (
    claimsOfA.length !== claimsOfB.length ||
    claimsOfA.some((claim, index) => stateDiffers(claim, claimsOfB[index] ?? claim, 'access'))
  );
}

export function syncRequest(customerId: string, sub: string | null): SyncRequest {
  return {
    customerId,
    sub,
    reassigned: false,
    formerSub: null,
    // The time of the change is unknown, so no earlier sync is recent enough.
    changedAt: null,
    cause: { kind: 'reconcile' },
    customerDeleted: false,
    includesReversal: false,
    includesFeatures: false,
  };
}
