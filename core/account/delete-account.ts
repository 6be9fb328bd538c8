/**
 * Deletes an account in a fixed order: mark the profile, then delete the customers, the entitlement row, the Cognito
 * user and, last, the profile. A deletion that stops halfway leaves the mark, has ended the billing before the login,
 * and is finished by a repeated request.
 */
import type { CustomerReader, CustomerRemover } from '../billing/billing.ts';
import { customerNotInAccount } from '../billing/customer-not-in-account.ts';
import type { EntitlementRow, EntitlementStore } from '../entitlement/row.ts';
import { endCustomer, endMarkedProfile, endRow, endUser } from '../gate/act.ts';
import type { Evidence } from '../gate/decide.ts';
import type { RequestCounter } from '../limits/request-limits.ts';
import type { LeavingBilling, RefundOutcome, RefundRecord } from '../refund/leaving.ts';
import { noRefund, type RefundPolicy, type RefundTerms } from '../refund/policy.ts';
import {
  type BillingKnowledge,
  billingOfWriters,
  type ContinuingBilling,
  readContinuingBilling,
} from '../stores/continuing-billing.ts';
import { type RemovalServices, removeStoreCustomer } from '../stores/removal.ts';
import type { Clock } from '../system/clock.ts';
import { Fault } from '../system/fault.ts';
import type { Log } from '../system/log.ts';
import { claimCreations } from './create-customer.ts';
import type { CustomerIndex } from './customer-index.ts';
import type { UserDirectory } from './pool-user.ts';
import type { Profile, ProfileStore } from './profile.ts';

export interface DeletionServices extends RemovalServices {
  readonly profiles: Pick<ProfileStore, 'read' | 'markForDeletion' | 'remove'>;
  readonly entitlements: Pick<EntitlementStore, 'read' | 'removeIfUnchanged'>;
  readonly index: CustomerIndex;
  readonly billing: CustomerRemover & CustomerReader & LeavingBilling;
  readonly directory: UserDirectory;
  readonly requests: Pick<RequestCounter, 'forget'>;
  readonly clock: Pick<Clock, 'nowIso' | 'nowMs' | 'within'>;
  readonly log: Log;
}

/** What a deletion deletes, in this order. */
export type AccountPart = 'customers' | 'row' | 'user' | 'profile';

export type DeletionRequest = {
  readonly poolId: string;
  readonly sub: string;
  /** The username from the verified token; null if it must come from the profile's mark. */
  readonly username: string | null;
  /**
   * Receives each part that this deletion has confirmed to be deleted. It is no result, because a deletion that exceeds
   * its time limit is given up without one.
   */
  readonly confirmed?: Set<AccountPart>;
} & (
  | {
      readonly requested: true;
      /** Whether it finishes a deletion on record. If that has ended by now, another mark would bring the profile back. */
      readonly resumes?: boolean;
      /** What is promised to the user, unless an earlier request was promised something else. */
      readonly refund?: RefundTerms;
      /** The profile, if it is marked already. */
      readonly profile?: Profile;
    }
  /** The gate ends the account because Cognito does not know its user. */
  | { readonly requested: false; readonly evidence: Evidence }
);

/** The caller's own user, or the user whose mark records the request. Both are of this pool. */
const ownRequest: Evidence = { ownership: 'own', basis: { kind: 'requested' } };

/** A sync may add a customer to the row during the removal. Each round finds and deletes one such customer. */
const MAX_ROUNDS = 5;

export interface DeletionResult {
  /** `deleted_before`: the profile that the deletion started from is gone. */
  readonly kind: 'deleted' | 'deleted_before';
  /** The stores that go on billing the user, which only the user can end. */
  readonly billingContinues: readonly ContinuingBilling[];
  readonly billingKnown: BillingKnowledge;
  /** Whether RevenueCat still has its customer, which reconcile deletes. */
  readonly storeCustomerRemains: boolean;
  /** By which the subscriptions in Stripe were refunded. Null: the account was deleted before, and it is not known. */
  readonly refundPolicy: RefundPolicy | null;
  /** What became of the subscriptions in Stripe that this request has ended. Empty if the policy refunds nothing. */
  readonly refunds: readonly RefundOutcome[];
  /** False if an earlier request may have refunded more, of which there is no record. */
  readonly refundsKnown: boolean;
}

export const deletedBefore: DeletionResult = {
  kind: 'deleted_before',
  billingContinues: [],
  billingKnown: 'unknown',
  storeCustomerRemains: false,
  refundPolicy: null,
  refunds: [],
  refundsKnown: false,
};

/** Resolves when the user is deleted everywhere. Otherwise throws the first `Fault`, and the mark remains. */
export function createDeleteAccount(services: DeletionServices) {
  return async (request: DeletionRequest): Promise<DeletionResult> => {
    const { sub, username, requested, confirmed } = request;
    const at = services.clock.nowIso();
    const mustExist = !requested || request.resumes === true;
    const refund = requested ? request.refund : undefined;
    const mark = { userId: sub, username, at, requested, mustExist, refund };
    const marked = requested ? request.profile : undefined;
    const profile = marked ?? (await services.profiles.markForDeletion(mark));
    if (profile === undefined) return deletedBefore;
    const read = await readContinuingBilling(services, sub);
    const row = await services.entitlements.read(sub);
    const inStores = services.stores === null ? billingOfWriters(services, row) : read;
    const record = refundRecordOf(request, profile);
    await endBillingAndAccess(services, { ...request, record }, { profile, row });
    confirmed?.add('customers').add('row');
    const evidence = evidenceOf(request);
    await endUser(services.directory, { sub, username: usernameOf(services, request, profile), evidence });
    confirmed?.add('user');
    // Last of all data: until then, a repeated request can still report which stores go on billing.
    await services.requests.forget(sub);
    const removal = await removeStoreCustomer(services, { sub, evidence, ...inStores });
    await endMarkedProfile(services, { userId: sub, evidence });
    confirmed?.add('profile');
    return {
      kind: 'deleted',
      billingContinues: inStores.continues,
      billingKnown: inStores.known,
      storeCustomerRemains: removal === 'pending',
      refundPolicy: record?.terms.policy ?? noRefund,
      refunds: record?.outcomes ?? [],
      refundsKnown: record === null || record.endedBefore.size === 0,
    };
  };
}

function refundRecordOf({ requested }: DeletionRequest, { deletion }: Profile): RefundRecord | null {
  const terms = deletion?.refund ?? null;
  if (!requested || terms === null || terms.policy.kind === 'none') return null;
  return { terms, outcomes: [], endedBefore: new Set() };
}

/** A request, and the refunds of it. Null: the policy as of the request refunds nothing, or no one requested it. */
type Ending = DeletionRequest & { readonly record: RefundRecord | null };

/** Deletes every known customer and what the index knows of it, then the row. If the row gained a customer in the meantime, deletes that one and retries. */
async function endBillingAndAccess(
  services: DeletionServices,
  request: Ending,
  { profile, row }: { readonly profile: Profile; readonly row: EntitlementRow | undefined },
): Promise<void> {
  const known = new Set([
    ...(profile.customerId === null ? [] : [profile.customerId]),
    ...(row?.customerIds ?? []),
  ]);
  const first = await attemptDeletions(services, request, { customerIds: [...known], recorded: known });
  if (known.size > 0 && first.every(isUnknown)) throw customerNotInAccount('delete customer');
  if (!request.requested) return removeRowWithout(services, request, { row, known, attempts: first });
  const { listed, created } = await findUnlinked(services, request, profile);
  const others = [...new Set([...listed, ...created])].filter((id) => !known.has(id));
  const recorded = new Set(created);
  const second = await attemptDeletions(services, request, { customerIds: others, recorded });
  throwFirst([...first, ...second]);
  const deleted = new Set([...known, ...others]);
  let current = row;
  for (let round = 1; round <= MAX_ROUNDS; round += 1) {
    request.confirmed?.add('customers');
    // A sync that writes the row in between has also written to the index.
    await dropAll(services, request, [...deleted]);
    if (current !== undefined && (await removeRow(services, request, current)) === 'removed') return;
    // A sync may have added a customer, which is billed until it is deleted too.
    request.confirmed?.delete('customers');
    const next = await services.entitlements.read(request.sub);
    // Still absent. A concurrent sign-up sees that the customers are deleted, and rolls back what it writes.
    if (current === undefined && next === undefined) return;
    const added = next?.customerIds.filter((id) => !deleted.has(id)) ?? [];
    throwFirst(await attemptDeletions(services, request, { customerIds: added, recorded: new Set(added) }));
    for (const id of added) deleted.add(id);
    current = next;
  }
  throw new Fault({ code: 'contention', system: 'dynamodb', operation: 'remove entitlement row' });
}

/** Before the row, which is the last record of what the index may hold of the user. */
async function dropAll(
  { index }: DeletionServices,
  { sub }: DeletionRequest,
  customerIds: readonly string[],
): Promise<void> {
  await Promise.all(customerIds.map((id) => index.drop(id, sub)));
}

/**
 * Returns the customers that no row lists: created by other code, or by a sign-up whose response was lost. Stripe's
 * search lags by up to a minute. The repeated creation covers that gap: within a day, it returns the customer that
 * sign-up created, which the key proves to be this user's. If Stripe stored a failure of it, the lists show whether
 * there is a customer.
 */
async function findUnlinked(
  services: DeletionServices,
  request: Ending,
  profile: Profile,
): Promise<{ readonly listed: readonly string[]; readonly created: readonly string[] }> {
  const found = await services.billing.findCustomers(request.sub);
  if (found === 'unavailable') {
    services.log.warn(
      'Stripe search is not available for this account; unlinked customers cannot be found.',
      {
        metric: 'customer_search_unavailable',
      },
    );
  }
  const listed = found === 'unavailable' ? [] : found;
  if (profile.customerId !== null) return { listed, created: [] };
  const claimed = await claimCreations(services.billing, request);
  return { listed: [...listed, ...claimed.found], created: claimed.created };
}

function removeRow(services: DeletionServices, request: DeletionRequest, row: EntitlementRow) {
  return endRow(services, { row, evidence: evidenceOf(request) });
}

function evidenceOf(request: DeletionRequest): Evidence {
  return request.requested ? ownRequest : request.evidence;
}

type Attempt = PromiseSettledResult<Awaited<ReturnType<typeof endCustomer>>>;

/**
 * Attempts every deletion, so that one failure does not leave the other customers billed. A customer that names another
 * user is kept, whatever record of this user names it.
 */
function attemptDeletions(
  services: DeletionServices,
  request: Ending,
  found: { readonly customerIds: readonly string[]; readonly recorded: ReadonlySet<string> },
): Promise<readonly Attempt[]> {
  const { poolId, sub, record } = request;
  const refunds = record === null ? null : { record, billing: services.billing };
  const target = { poolId, sub, basis: evidenceOf(request).basis, refunds };
  const deletions = found.customerIds.map((customerId) =>
    endCustomer(services, { ...target, customerId, recorded: found.recorded.has(customerId) }),
  );
  return Promise.allSettled(deletions);
}

/** If Stripe knows none of the recorded customers, the API key belongs to another account, where they may be billed. */
function isUnknown(attempt: Attempt): boolean {
  return attempt.status === 'fulfilled' && attempt.value === 'missing';
}

/**
 * Without a request, only the recorded customers are ended, which the run has compared with every other record. What the
 * search finds, or a sync has added since, is left for the next run. A customer that is another's keeps the account.
 */
async function removeRowWithout(
  services: DeletionServices,
  request: Ending,
  {
    row,
    known,
    attempts,
  }: {
    readonly row: EntitlementRow | undefined;
    readonly known: ReadonlySet<string>;
    readonly attempts: readonly Attempt[];
  },
): Promise<void> {
  throwFirst(attempts);
  for (const attempt of attempts) {
    if (attempt.status === 'rejected' || attempt.value === 'deleted' || attempt.value === 'missing') continue;
    throw new Fault({ code: 'refused', system: 'self', operation: 'delete account', reason: attempt.value });
  }
  request.confirmed?.add('customers');
  await dropAll(services, request, [...known]);
  if (row === undefined || (await removeRow(services, request, row)) === 'removed') return;
  throw new Fault({ code: 'contention', system: 'dynamodb', operation: 'remove entitlement row' });
}

function throwFirst(attempts: readonly Attempt[]): void {
  const failure = attempts.find(({ status }) => status === 'rejected');
  if (failure?.status === 'rejected') throw failure.reason;
}

function usernameOf(services: DeletionServices, request: DeletionRequest, profile: Profile): string {
  const username = request.username ?? profile.deletion?.username;
  if (username) return username;
  // Correct for every local user. A federated user is not found by the sub, so the log must show this case.
  services.log.warn('The username is unknown; deleting the user by sub.', {
    metric: 'username_unknown',
  });
  return request.sub;
}
