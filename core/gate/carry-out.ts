/** Carries out an ending that the gate has permitted, and returns what it did. */

import type { CustomerIndex } from '../account/customer-index.ts';
import { isOfAnother, ownershipOf } from '../account/ownership.ts';
import type { ProfileStore } from '../account/profile.ts';
import type { CustomerReader, CustomerRemover, OrphanBilling } from '../billing/billing.ts';
import { customerNotInAccount } from '../billing/customer-not-in-account.ts';
import { cancelOrphanedCheckout } from '../checkout/orphaned-checkout.ts';
import { subscriptionsIn } from '../entitlement/claims.ts';
import type { EntitlementStore } from '../entitlement/row.ts';
import { refundOrphanedPurchase } from '../purchase/orphaned-purchase.ts';
import {
  announceRemoval,
  finishRemoval,
  type RemovalRequest,
  type RemovalServices,
  removeStoreCustomer,
} from '../stores/removal.ts';
import { ofStores } from '../stores/sync-stores.ts';
import { Fault } from '../system/fault.ts';
import type { Log } from '../system/log.ts';
import { endCustomer, endRow } from './act.ts';
import type { Evidence, Refusal } from './decide.ts';
import type { Ending } from './ending.ts';
import { type Facts, recordedCustomers } from './evidence.ts';

export interface EndingServices extends RemovalServices {
  readonly poolId: string | null;
  readonly entitlements: Pick<EntitlementStore, 'read' | 'removeIfUnchanged'>;
  readonly profiles: Pick<ProfileStore, 'read'>;
  readonly index: Pick<CustomerIndex, 'usersOf' | 'drop'>;
  readonly billing: CustomerReader & CustomerRemover & OrphanBilling;
  /** Deletes an account as its user would. Null where no accounts are ended. */
  readonly deleteAccount:
    | ((request: {
        readonly poolId: string;
        readonly sub: string;
        readonly username: null;
        readonly requested: false;
        readonly evidence: Evidence;
      }) => Promise<{ readonly kind: 'deleted' | 'deleted_before' }>)
    | null;
  readonly log: Log;
}

export type EndingAction =
  | 'customer_deleted'
  | 'account_deleted'
  | 'row_removed'
  | 'store_customer_deleted'
  | 'subscription_canceled'
  | 'refunded';

export type EndingResult =
  | { readonly kind: 'ended'; readonly actions: readonly EndingAction[] }
  /** There is nothing left to end, the user has records of this stage by now, or the object is another stage's. */
  | { readonly kind: 'unchanged' }
  | { readonly kind: 'refused'; readonly reason: Refusal }
  /** The system that has the object refuses to end it, and the log says why. Only a person can change that. */
  | { readonly kind: 'needs_review' };

/** The facts with the evidence that permits the ending. */
export interface ProvenFacts extends Facts {
  readonly evidence: Evidence;
}

export async function carryOut(
  services: EndingServices,
  ending: Ending,
  facts: ProvenFacts,
): Promise<EndingResult> {
  const { sub } = ending;
  switch (ending.kind) {
    case 'checkout':
      // If the refund fails, the log has what was done before it, and the next attempt refunds.
      return ended(await endCheckout(services, ending, { ...facts, done: [] }));
    case 'purchase': {
      const { sessionId } = ending;
      const { evidence } = facts;
      const refunds = await refundOrphanedPurchase(services, { sub, sessionId, evidence });
      return ended(refunds > 0 ? ['refunded'] : []);
    }
    case 'customer': {
      const refunds = await refundUnused(services, { customerIds: [ending.customerId], sub }, facts);
      const { evidence } = facts;
      const removal = { sub, evidence, expected: false };
      await announceRemoval(services, removal);
      const about = { sub, evidence, recorded: false };
      const refusal = await deleteOrphanedCustomer(services, ending.customerId, about);
      if (refusal === undefined) {
        return ended([...refunds, 'customer_deleted', ...(await forgetInStores(services, removal))]);
      }
      // The customer changed in between. The result is what was done, and the log has the refusal.
      return refunds.length === 0 ? refused(refusal) : ended(refunds);
    }
    case 'account': {
      const { deleteAccount, poolId } = services;
      if (deleteAccount === null || poolId === null) return refused('not_proven_ours');
      const customerIds = recordedCustomers(facts);
      await assertSomeKnown(services, customerIds);
      const refunds = await refundUnused(services, { customerIds, sub }, facts);
      const request = { poolId, sub, username: null, requested: false, evidence: facts.evidence } as const;
      const done = await deleteAccount(request);
      return ended(done.kind === 'deleted' ? [...refunds, 'account_deleted'] : refunds);
    }
    case 'store_customer': {
      if (facts.removal === undefined) return { kind: 'unchanged' };
      const outcome = await finishRemoval(services, facts.removal, facts.evidence);
      if (outcome === 'refused') return { kind: 'needs_review' };
      return ended(outcome === 'deleted' ? ['store_customer_deleted'] : []);
    }
    default:
      return endOrphanedRow(services, sub, facts);
  }
}

/** RevenueCat's customer goes last: its app user id is the user, whose records and customers are proven to be no one's by now. */
async function forgetInStores(
  services: EndingServices,
  removal: Pick<RemovalRequest, 'sub' | 'evidence' | 'expected'>,
): Promise<readonly EndingAction[]> {
  const outcome = await removeStoreCustomer(services, { ...removal, failure: null });
  return outcome === 'deleted' ? ['store_customer_deleted'] : [];
}

/** If Stripe knows none of the customers, the API key belongs to another account or mode, where they may be billed. */
async function assertSomeKnown(
  { billing }: Pick<EndingServices, 'billing'>,
  customerIds: readonly string[],
): Promise<void> {
  const lookups = await Promise.all(customerIds.map((id) => billing.retrieveCustomer(id)));
  if (lookups.length > 0 && lookups.every(({ kind }) => kind === 'missing')) {
    throw customerNotInAccount('delete customer');
  }
}

/** Deletes the customers first: once the row is removed, nothing else names their user. */
async function endOrphanedRow(
  services: EndingServices,
  sub: string,
  facts: ProvenFacts,
): Promise<EndingResult> {
  const { row, evidence } = facts;
  if (row === undefined) return { kind: 'unchanged' };
  const actions: EndingAction[] = [];
  await assertSomeKnown(services, row.customerIds);
  let kept: Refusal | undefined;
  for (const customerId of row.customerIds) {
    const lookup = await services.billing.retrieveCustomer(customerId);
    if (lookup.kind !== 'customer') continue;
    actions.push(...(await refundUnused(services, { customerIds: [customerId], sub }, facts)));
    const refusal = await deleteOrphanedCustomer(services, customerId, { ...facts, sub, recorded: true });
    if (refusal === undefined) actions.push('customer_deleted');
    // A customer that names another user by now is no concern of this row. Of any other, the row may be the only record.
    else if (refusal !== 'owner_contradiction') kept = refusal;
  }
  if (kept !== undefined) return actions.length === 0 ? refused(kept) : ended(actions);
  const removal = { sub, evidence, expected: ofStores(row).length > 0 };
  await announceRemoval(services, removal);
  // Before the row, which is the last record of them.
  for (const customerId of row.customerIds) await services.index.drop(customerId, sub);
  if ((await endRow(services, { row, evidence })) === 'conflict') {
    throw new Fault({ code: 'contention', system: 'dynamodb', operation: 'remove entitlement row' });
  }
  return ended([...actions, 'row_removed', ...(await forgetInStores(services, removal))]);
}

async function deleteOrphanedCustomer(
  services: EndingServices,
  customerId: string,
  about: { readonly sub: string; readonly recorded: boolean; readonly evidence: Evidence },
): Promise<Refusal | undefined> {
  const { sub, recorded, evidence } = about;
  const target = { customerId, sub, poolId: services.poolId ?? '', recorded, basis: evidence.basis };
  // Only a row that lists the customer records one without a profile.
  const result = await endCustomer(services, { ...target, source: 'row' });
  if (result === 'missing') return undefined;
  if (result !== 'deleted') return result;
  services.log.warn('Deleted an orphaned Stripe customer.', {
    metric: 'orphaned_customer',
    customer_id: customerId,
    user_id: sub,
  });
  return undefined;
}

/**
 * Refunds what was bought through our own checkout for the account and never appeared in a row. Leaves a customer that
 * names another user: what its former user bought belongs to the new one.
 */
async function refundUnused(
  services: EndingServices,
  of: { readonly customerIds: readonly string[]; readonly sub: string },
  { row, evidence }: ProvenFacts,
): Promise<readonly EndingAction[]> {
  const used = new Set(row === undefined ? [] : subscriptionsIn(row));
  const actions = new Set<EndingAction>();
  for (const customerId of of.customerIds) {
    if (await belongsToAnother(services, customerId, of.sub)) continue;
    const sold = await services.billing.listSold(customerId);
    for (const { sessionId, subscriptionId, stamp } of sold) {
      const own = ownershipOf({ ...services, stamp, sub: of.sub, recorded: false });
      if (used.has(subscriptionId) || (own !== 'own' && own !== 'named')) continue;
      const checkout = { kind: 'checkout', sub: of.sub, customerId, sessionId, subscriptionId } as const;
      for (const action of await refundIfPossible(services, checkout, evidence)) actions.add(action);
    }
  }
  // A refund comes first, because the first action is the outcome in reports.
  return (['refunded', 'subscription_canceled'] as const).filter((action) => actions.has(action));
}

/**
 * A refund that Stripe refuses permanently must not keep the customer billed. Its own alarm has been raised. Also then
 * returns what was done before it.
 */
async function refundIfPossible(
  services: EndingServices,
  checkout: Extract<Ending, { readonly kind: 'checkout' }>,
  evidence: Evidence,
): Promise<readonly EndingAction[]> {
  const facts = { requestedAt: null, evidence: { ...evidence, ownership: 'own' } } as const;
  const done: EndingAction[] = [];
  try {
    return await endCheckout(services, checkout, { ...facts, done });
  } catch (cause) {
    if (cause instanceof Fault && cause.details.code === 'refused') return done;
    throw cause;
  }
}

async function belongsToAnother(services: EndingServices, customerId: string, sub: string): Promise<boolean> {
  const stamp = await services.billing.retrieveCustomer(customerId);
  if (stamp.kind !== 'customer') return false;
  const ownership = ownershipOf({ ...services, stamp, sub, recorded: true });
  return isOfAnother(ownership);
}

/** Adds the cancellation to `done` as soon as it is done, since the refund after it may fail. */
async function endCheckout(
  services: EndingServices,
  checkout: Extract<Ending, { readonly kind: 'checkout' }>,
  facts: Pick<ProvenFacts, 'evidence' | 'requestedAt'> & { readonly done: EndingAction[] },
): Promise<readonly EndingAction[]> {
  const { done } = facts;
  const onCanceled = (): void => void done.push('subscription_canceled');
  const { refunds } = await cancelOrphanedCheckout(services, checkout, { ...facts, onCanceled });
  return refunds > 0 ? ['refunded', ...done] : done;
}

function ended(actions: readonly EndingAction[]): EndingResult {
  return actions.length === 0 ? { kind: 'unchanged' } : { kind: 'ended', actions };
}

function refused(reason: Refusal): EndingResult {
  return { kind: 'refused', reason };
}
