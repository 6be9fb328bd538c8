/**
 * Carries out irreversible actions, each after a decision on its evidence. No other module uses the methods of the ports
 * that end something (`npm run lint` checks it), so nothing is ended without proof.
 */
import { type OwnerSource, reportContradiction } from '../account/ownership.ts';
import type { UserDirectory } from '../account/pool-user.ts';
import type { ProfileStore } from '../account/profile.ts';
import type {
  CustomerReader,
  CustomerRemover,
  IncompleteCanceler,
  OrphanBilling,
  SubscriptionCanceler,
  SubscriptionEnder,
} from '../billing/billing.ts';
import type { ChangeEnder, Reason, WriteResult } from '../change/changeable.ts';
import type { CheckoutSessions } from '../checkout/sessions.ts';
import type { EntitlementRow, EntitlementStore } from '../entitlement/row.ts';
import type { LeavingBilling, RefundRecord } from '../refund/leaving.ts';
import type { StoreCustomerRemover } from '../stores/purchase.ts';
import { Fault } from '../system/fault.ts';
import type { Log } from '../system/log.ts';
import { type CustomerOwnerServices, readCustomerOwner } from './customer-owner.ts';
import { type Basis, decide, type Evidence, type Refusal } from './decide.ts';
import { endWithRefunds } from './leaving.ts';

export interface CustomerTarget {
  readonly customerId: string;
  readonly sub: string;
  readonly poolId: string;
  /** Whether the user's profile or row names the customer. */
  readonly recorded: boolean;
  /** The record that names it, for the report of a contradiction. Default: the profile. */
  readonly source?: OwnerSource;
  readonly basis: Basis;
  /** Where the policy refunds what the deletion of the account ends. Null: nothing is refunded. */
  readonly refunds?: { readonly record: RefundRecord; readonly billing: LeavingBilling } | null;
}

/**
 * Expires the open Checkout sessions, cancels the subscriptions and deletes the customer, if it is the user's. Returns
 * `missing` for a customer that Stripe has never known: its subscriptions may continue where the API key cannot see them.
 */
export async function endCustomer(
  services: CustomerOwnerServices & {
    readonly billing: CustomerReader & Pick<CustomerRemover, 'deleteCustomer'>;
    readonly log: Log;
  },
  target: CustomerTarget,
): Promise<'deleted' | 'missing' | Refusal> {
  const { customerId, sub, poolId, basis, source = 'profile', refunds = null } = target;
  const owner = await readCustomerOwner(services, {
    ...target,
    requested: basis.kind !== 'user_missing',
  });
  if (owner.kind === 'deleted') refunds?.record.endedBefore.add(customerId);
  if (owner.kind !== 'customer') return owner.kind;
  const verdict = decide({ ownership: owner.ownership, basis });
  if (verdict.kind === 'permit') {
    if (refunds !== null) {
      const { record, billing } = refunds;
      // Of a deleted customer, Stripe lists no subscriptions any more.
      await endWithRefunds({ billing, log: services.log }, { customerId, sub, poolId, record });
    }
    await services.billing.deleteCustomer(customerId);
    return 'deleted';
  }
  reportKept(services.log, { customerId, sub, source, namedSub: owner.namedSub, reason: verdict.reason });
  return verdict.reason;
}

function reportKept(
  log: Log,
  kept: {
    readonly customerId: string;
    readonly sub: string;
    readonly source: OwnerSource;
    readonly namedSub: string | null;
    readonly reason: Refusal;
  },
): void {
  const { customerId, sub, source, namedSub, reason } = kept;
  if (reason === 'owner_contradiction' && namedSub !== null) {
    reportContradiction(log, { customerId, sub: namedSub, otherSub: sub, source });
    return;
  }
  log.warn('The customer is kept: it is not proven to be this user’s.', {
    metric: 'ending_refused',
    refusal: reason,
    customer_id: customerId,
    user_id: sub,
  });
}

/** Removes the row if its version is unchanged. */
export async function endRow(
  { entitlements }: { readonly entitlements: Pick<EntitlementStore, 'removeIfUnchanged'> },
  { row, evidence }: { readonly row: EntitlementRow; readonly evidence: Evidence },
): Promise<'removed' | 'conflict'> {
  assertPermitted(evidence, 'remove entitlement row');
  return entitlements.removeIfUnchanged(row);
}

/** Removes a profile that has no customer or the given one. Keeps one that is marked for deletion. */
export async function endProfile(
  { profiles }: { readonly profiles: Pick<ProfileStore, 'removeUnlessMarked'> },
  profile: { readonly userId: string; readonly customerId: string; readonly evidence: Evidence },
): Promise<'removed' | 'kept'> {
  const { userId, customerId, evidence } = profile;
  assertPermitted(evidence, 'remove profile');
  return profiles.removeUnlessMarked({ userId, customerId });
}

/** Removes the profile at the end of a deletion, and with it the record from which the deletion resumes. */
export async function endMarkedProfile(
  { profiles }: { readonly profiles: Pick<ProfileStore, 'remove'> },
  { userId, evidence }: { readonly userId: string; readonly evidence: Evidence },
): Promise<void> {
  assertPermitted(evidence, 'remove profile');
  await profiles.remove(userId);
}

/** Deletes the user from the pool. Throws if the evidence does not permit it: the caller must not continue. */
export async function endUser(
  directory: UserDirectory,
  { evidence, ...user }: { readonly sub: string; readonly username: string; readonly evidence: Evidence },
): Promise<void> {
  assertPermitted(evidence, 'delete user');
  await directory.deleteUser(user);
}

/** Deletes what RevenueCat stores about the user. Subscriptions in stores continue: only the user can end them. */
export async function endStoreCustomer(
  stores: StoreCustomerRemover,
  { sub, evidence }: { readonly sub: string; readonly evidence: Evidence },
): Promise<'deleted' | 'missing'> {
  assertPermitted(evidence, 'delete store customer');
  return stores.deleteStoreCustomer(sub);
}

export async function endSubscription(
  billing: SubscriptionCanceler,
  { subscriptionId, evidence }: { readonly subscriptionId: string; readonly evidence: Evidence },
): Promise<void> {
  assertPermitted(evidence, 'cancel subscription');
  await billing.cancelSubscription(subscriptionId);
}

/** Cancels a subscription that no one has paid. One that is paid at this moment is kept. */
export async function endIncomplete(
  billing: IncompleteCanceler,
  { subscriptionId, evidence }: { readonly subscriptionId: string; readonly evidence: Evidence },
): Promise<'canceled' | 'kept'> {
  assertPermitted(evidence, 'cancel subscription');
  return billing.cancelIncomplete(subscriptionId);
}

/** Lets a subscription end before it bills again. Until then, its user can undo that in the billing portal. */
export async function scheduleEnd(
  billing: SubscriptionEnder,
  end: { readonly subscriptionId: string; readonly at: number | null; readonly evidence: Evidence },
): Promise<'scheduled' | 'kept'> {
  assertPermitted(end.evidence, 'schedule end of subscription');
  return billing.endAtPeriodEnd(end.subscriptionId, end.at);
}

/** Refunds what the first invoice of the subscription collected, and returns the number of payments. */
export async function refundPurchase(
  billing: Pick<OrphanBilling, 'refundFirstPayment'>,
  purchase: { readonly subscriptionId: string; readonly key: string; readonly evidence: Evidence },
): Promise<number> {
  assertPermitted(purchase.evidence, 'refund');
  return billing.refundFirstPayment(purchase.subscriptionId, purchase.key);
}

/** Refunds what was sold once, and returns the number of payments. */
export async function refundOneTime(
  billing: Pick<OrphanBilling, 'refundSale'>,
  { sessionId, evidence }: { readonly sessionId: string; readonly evidence: Evidence },
): Promise<number> {
  assertPermitted(evidence, 'refund');
  return billing.refundSale(sessionId);
}

export async function expireSession(
  sessions: Pick<CheckoutSessions, 'expire'>,
  { sessionId, evidence }: { readonly sessionId: string; readonly evidence: Evidence },
): Promise<'expired' | 'not_open'> {
  assertPermitted(evidence, 'expire session');
  return sessions.expire(sessionId);
}

/** Undoes the change that a schedule plans. The subscription continues as it is. */
export async function endSchedule(
  billing: Pick<ChangeEnder, 'releaseSchedule'>,
  {
    scheduleId,
    key,
    evidence,
  }: { readonly scheduleId: string; readonly key: string; readonly evidence: Evidence },
): Promise<WriteResult> {
  assertPermitted(evidence, 'release schedule');
  return billing.releaseSchedule(scheduleId, key);
}

/** Discards a change that waits for its payment. */
export async function endPendingChange(
  billing: Pick<ChangeEnder, 'discardChange'>,
  {
    invoiceId,
    key,
    evidence,
  }: { readonly invoiceId: string; readonly key: string; readonly evidence: Evidence },
): Promise<WriteResult> {
  assertPermitted(evidence, 'void invoice');
  return billing.discardChange(invoiceId, key);
}

/** Lets a subscription end with its period, at its user's request and for the reason that the user gives. */
export async function endAtRequest(
  billing: Pick<ChangeEnder, 'endWithPeriod'>,
  end: {
    readonly subscriptionId: string;
    readonly reason: Reason;
    readonly key: string;
    readonly evidence: Evidence;
  },
): Promise<WriteResult> {
  assertPermitted(end.evidence, 'schedule end of subscription');
  const { subscriptionId, reason } = end;
  return billing.endWithPeriod({ subscriptionId, ...reason }, end.key);
}

function assertPermitted(evidence: Evidence, operation: string): void {
  const verdict = decide(evidence);
  if (verdict.kind === 'permit') return;
  throw new Fault({ code: 'refused', system: 'self', operation, reason: verdict.reason });
}
