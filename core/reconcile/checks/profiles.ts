/** Finds profiles with an unfinished deletion, without a live customer or without a row. */
import { recordsName } from '../../account/customer-index.ts';
import { mayGiveAccess } from '../../account/ownership.ts';
import type { Profile } from '../../account/profile.ts';
import { removeOwnRow } from '../../account/roll-back.ts';
import type { CustomerLookup } from '../../billing/billing.ts';
import { customerNotInAccount } from '../../billing/customer-not-in-account.ts';
import { emptyState, neverSynced } from '../../entitlement/row.ts';
import { recordedCustomers } from '../../gate/evidence.ts';
import { scanResult } from '../page.ts';
import {
  endPlan,
  type Plan,
  type RepairOutcome,
  type RepairServices,
  repairPlan,
  repairUser,
  syncRequest,
  upkeepPlan,
} from '../repair.ts';
import type { DriftFacts, ScanRequest, ScanResult } from '../scan.ts';
import { defineCheck } from '../scan.ts';

interface ProfileDrift extends DriftFacts {
  readonly reason:
    | 'deletion_unfinished'
    | 'customer_missing'
    | 'customer_deleted_in_stripe'
    | 'owner_contradiction'
    | 'row_missing'
    | 'index_missing';
  readonly profile: Profile;
  /** The customers from which the index does not lead to the user. */
  readonly unindexed: readonly string[];
}

type ProfileServices = Pick<
  RepairServices,
  | 'poolId'
  | 'billing'
  | 'profiles'
  | 'entitlements'
  | 'users'
  | 'deleteAccount'
  | 'provision'
  | 'sync'
  | 'index'
  | 'log'
>;

export const profiles = defineCheck({
  name: 'profiles',
  optIn: null,
  reads: 'every profile, its row, and the customer of profiles created in the last three days',
  reasons: {
    deletion_unfinished: {
      meaning: 'The profile is marked for deletion: a deletion started and did not finish.',
      repair: 'Finishes the deletion (`account_deleted`).',
    },
    customer_missing: {
      meaning: 'The profile names no customer.',
      repair:
        'Links the customer that names the user, or creates one (`user_provisioned`). If Cognito does not know the user, the account is deleted behind [the gate](#what-is-ended) (`account_deleted`).',
    },
    customer_deleted_in_stripe: {
      meaning: 'The customer of a profile from the last three days was deleted in Stripe.',
      repair:
        'Creates another customer (`user_provisioned`). If Cognito does not know the user, the account is deleted behind [the gate](#what-is-ended) (`account_deleted`). A customer that never existed in this Stripe account fails with `customer_not_in_account`.',
    },
    owner_contradiction: {
      meaning:
        'The profile names a customer whose own metadata name another user. Checked for profiles from the last three days.',
      repair:
        'Nothing is ended, and the customer gives this user no access. A person decides (`needs_review`); see [owner-contradicted](runbook.md#owner-contradicted).',
    },
    row_missing: {
      meaning: 'The user has a profile and no entitlement row.',
      repair: 'Creates the row and syncs it (`row_created`).',
    },
    index_missing: {
      meaning:
        'The index does not lead from a customer that the profile or the row names to its user: an earlier version wrote the record, or an item was lost.',
      repair: 'Writes the item. That is no finding, unless it fails (`failed`).',
    },
  },
  scan,
  plan,
});

async function scan({
  listings,
  cursor,
}: ScanRequest<'profiles' | 'rowsOf' | 'indexed' | 'lookUpCustomers' | 'isFresh'>): Promise<
  ScanResult<ProfileDrift>
> {
  const page = await listings.profiles(cursor);
  const fresh = page.items.filter((profile) => profile.customerId !== null && listings.isFresh(profile));
  const [rows, lookups] = await Promise.all([
    listings.rowsOf(page.items.map(({ userId }) => userId)),
    listings.lookUpCustomers(fresh.map(({ customerId }) => customerId ?? '')),
  ]);
  const recordedIn = (profile: Profile) => recordedCustomers({ profile, row: rows.get(profile.userId) });
  const indexed = await listings.indexed(page.items.flatMap(recordedIn));
  return scanResult(page, (profile) => {
    const { userId, customerId, deletion } = profile;
    const unindexed = recordedIn(profile).filter((id) => indexed.get(id)?.includes(userId) !== true);
    const reason =
      (deletion === null ? undefined : 'deletion_unfinished') ??
      (customerId === null ? 'customer_missing' : undefined) ??
      reasonOfCustomer(lookups.get(customerId ?? ''), userId) ??
      (rows.has(userId) ? undefined : 'row_missing') ??
      (unindexed.length === 0 ? undefined : 'index_missing');
    return reason === undefined ? undefined : { reason, subjectId: userId, sub: userId, profile, unindexed };
  });
}

function reasonOfCustomer(
  lookup: CustomerLookup | undefined,
  sub: string,
): 'customer_deleted_in_stripe' | 'owner_contradiction' | undefined {
  if (lookup === undefined) return undefined;
  if (lookup.kind !== 'customer') return 'customer_deleted_in_stripe';
  return mayGiveAccess(lookup, sub) ? undefined : 'owner_contradiction';
}

async function plan(services: ProfileServices, { reason, profile, unindexed }: ProfileDrift): Promise<Plan> {
  if (reason === 'index_missing') return upkeepPlan(() => addItems(services, profile.userId, unindexed));
  const { userId: sub, customerId, deletion } = profile;
  if (deletion?.requested === false) return endPlan({ kind: 'account', sub });
  if (deletion !== null) {
    return repairPlan('account_deleted', () => finishDeletion(services, sub));
  }
  const lookup = customerId === null ? undefined : await services.billing.retrieveCustomer(customerId);
  if (customerId !== null && lookup?.kind === 'customer') {
    const isOwn = mayGiveAccess(lookup, sub);
    return repairPlan(isOwn ? 'row_created' : 'needs_review', async () => {
      const outcome = await restoreRow(services, sub, customerId);
      return isOwn ? outcome : 'needs_review';
    });
  }
  // Stripe still knows a deleted customer. One that was never there means a key of another account or mode.
  if (lookup?.kind === 'missing') throw customerNotInAccount('retrieve customer');
  const user = await services.users.readUser({ sub, username: null });
  // Without a user, the account was deleted while its sign-up was running.
  if (user === undefined) return endPlan({ kind: 'account', sub });
  return repairPlan('user_provisioned', () => repairUser(services, user));
}

/** Only what the records name by now: the user may have been deleted since the page was read. */
async function addItems(
  { profiles: store, entitlements, index }: Pick<RepairServices, 'profiles' | 'entitlements' | 'index'>,
  sub: string,
  customerIds: readonly string[],
): Promise<void> {
  const records = { profile: await store.read(sub), row: await entitlements.read(sub) };
  if (records.profile === undefined || records.profile.deletion !== null) return;
  for (const id of customerIds) if (recordsName(records, id)) await index.add(id, sub);
}

/** The mark records the user's own request. */
async function finishDeletion(
  {
    profiles: store,
    users,
    deleteAccount,
    poolId,
  }: Pick<RepairServices, 'profiles' | 'users' | 'deleteAccount' | 'poolId'>,
  sub: string,
): Promise<RepairOutcome> {
  // The deletion may have ended since the page was read.
  const profile = await store.read(sub);
  if (profile === undefined || profile.deletion === null) return 'unchanged';
  const recorded = profile.deletion.username;
  // Cognito deletes by username, and the username of a federated user is not the `sub`.
  const username = recorded ?? (await users.readUser({ sub, username: null }))?.username ?? null;
  const { kind } = await deleteAccount({ poolId, sub, username, requested: true, resumes: true });
  return kind === 'deleted' ? 'account_deleted' : 'unchanged';
}

async function restoreRow(
  services: Pick<RepairServices, 'entitlements' | 'profiles' | 'index' | 'billing' | 'sync' | 'log'>,
  sub: string,
  customerId: string,
): Promise<RepairOutcome> {
  const { entitlements, profiles: profileStore, sync } = services;
  const created = await entitlements.createIfAbsent(sub, { ...emptyState, ...neverSynced });
  const profile = await profileStore.read(sub);
  // A deletion may have run since the page was read. Then its row must not be restored.
  if (profile === undefined || profile.deletion !== null) {
    // A sync may have written the row in between, but only because it was created here.
    if (created !== 'exists') await removeOwnRow(services, { userId: sub, customerId });
    return 'unchanged';
  }
  await sync(syncRequest(customerId, sub));
  return created === 'exists' ? 'synced' : 'row_created';
}
