/**
 * Makes RevenueCat forget a user whose account is deleted. Nothing else waits for it: what RevenueCat does not do at once is
 * recorded, and reconcile finishes it.
 */
import type { EntitlementStore } from '../entitlement/row.ts';
import type { Evidence } from '../gate/decide.ts';
import { type Clock, nowSeconds } from '../system/clock.ts';
import { Fault } from '../system/fault.ts';
import type { Log } from '../system/log.ts';
import { endOwnStoreCustomer, type OwnStoreCustomerServices } from './own-store-customer.ts';
import type { PendingRemoval, PendingRemovals } from './pending-removal.ts';
import type { AliasReader, PurchaseReader, StoreCustomerRemover } from './purchase.ts';
import { customerNotInProject } from './sync-stores.ts';

export interface RemovalServices {
  /** Null: this installation has no app in a store. */
  readonly stores: (PurchaseReader & AliasReader & StoreCustomerRemover) | null;
  readonly removals: PendingRemovals;
  readonly entitlements: Pick<EntitlementStore, 'read'>;
  readonly clock: Pick<Clock, 'nowMs' | 'within'>;
  readonly log: Log;
}

export interface RemovalRequest {
  readonly sub: string;
  readonly evidence: Evidence;
  /** Why RevenueCat could not be read a moment ago. It is then not asked again. */
  readonly failure: { readonly cause: unknown } | null;
  /** Whether the row showed a purchase that RevenueCat has not confirmed since. */
  readonly expected: boolean;
}

/** `none`: it knew no such user, or the customer is also another user, who keeps it. */
export type RemovalOutcome = 'deleted' | 'none' | 'pending';

const LIMIT_MS = 5_000;

/** After this, an alarm goes off: the outage lasts, or every attempt fails. */
const STUCK_SECONDS = 3 * 86_400;

/** Call it after the row of the user is deleted. Fails only if a removal that is left cannot be recorded. */
export async function removeStoreCustomer(
  services: RemovalServices,
  request: RemovalRequest,
): Promise<RemovalOutcome> {
  const { stores, removals, clock } = services;
  if (stores === null) return 'none';
  const { sub, evidence, failure } = request;
  let removal = removalOf(services, request);
  const onKnown = async (known: PendingRemoval): Promise<void> => {
    removal = known;
    await removals.update(known);
  };
  try {
    if (failure !== null) throw failure.cause;
    const work = () => forget({ ...services, stores }, { removal, evidence, onKnown });
    const outcome = await clock.within(LIMIT_MS, work);
    // An earlier attempt may have recorded it.
    await removals.clear(sub);
    return outcome;
  } catch (cause) {
    await removals.record(removal);
    reportPending(services, removal, cause);
    return 'pending';
  }
}

/** Records a removal before the last record of its user is ended: from then on, nothing else names the user. */
export async function announceRemoval(
  services: RemovalServices,
  request: Pick<RemovalRequest, 'sub' | 'evidence' | 'expected'>,
): Promise<void> {
  if (services.stores !== null) await services.removals.record(removalOf(services, request));
}

/** Finishes a removal that is on record. Fails while RevenueCat does not answer. Until it is carried out, the record stays. */
export async function finishRemoval(
  services: RemovalServices,
  removal: PendingRemoval,
  evidence: Evidence,
): Promise<'deleted' | 'none' | 'refused'> {
  const { stores, removals } = services;
  if (stores === null) return 'none';
  try {
    const onKnown = (known: PendingRemoval) => removals.update(known);
    const outcome = await forget({ ...services, stores }, { removal, evidence, onKnown });
    await removals.clear(removal.sub);
    return outcome;
  } catch (cause) {
    reportPending(services, removal, cause);
    if (isRefusal(cause)) return 'refused';
    throw cause;
  }
}

function removalOf(
  { clock }: Pick<RemovalServices, 'clock'>,
  { sub, evidence, expected }: Pick<RemovalRequest, 'sub' | 'evidence' | 'expected'>,
): PendingRemoval {
  return { sub, since: nowSeconds(clock), requested: evidence.basis.kind === 'requested', expected };
}

async function forget(
  services: OwnStoreCustomerServices & { readonly stores: PurchaseReader },
  of: {
    readonly removal: PendingRemoval;
    readonly evidence: Evidence;
    /** If the answer to the deletion is lost, the next attempt finds no such customer, and must not miss it. */
    readonly onKnown: (removal: PendingRemoval) => Promise<void>;
  },
): Promise<'deleted' | 'none'> {
  const { removal, evidence, onKnown } = of;
  const { sub, expected } = removal;
  if (expected) {
    const { known } = await services.stores.readPurchases(sub);
    if (!known) throw customerNotInProject('delete customer');
    await onKnown({ ...removal, expected: false });
  }
  const ended = await endOwnStoreCustomer(services, { sub, evidence });
  return ended === 'deleted' ? 'deleted' : 'none';
}

/** What RevenueCat refuses is refused again until a person corrects the settings. */
function isRefusal(cause: unknown): boolean {
  return cause instanceof Fault && cause.details.code === 'refused' && cause.details.system === 'revenuecat';
}

function reportPending(
  { log, clock }: Pick<RemovalServices, 'log' | 'clock'>,
  { sub, since }: PendingRemoval,
  cause: unknown,
): void {
  const fields = { user_id: sub, since };
  if (isRefusal(cause) || since <= nowSeconds(clock) - STUCK_SECONDS) {
    const message = 'The customer of a deleted user stays at RevenueCat until a person acts.';
    log.error(message, { metric: 'store_removal_stuck', ...fields }, cause);
    return;
  }
  const message = 'RevenueCat still has the customer of a deleted user; reconcile deletes it.';
  log.warn(message, { metric: 'store_removal_pending', ...fields }, cause);
}
