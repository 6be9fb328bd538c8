/** Computes the row that a sync writes: what Stripe has now, and what only the row knows. */
import { addToIndex } from '../account/customer-index.ts';
import { claimsOf, isUnclear } from '../entitlement/claims.ts';
import { historyWith } from '../entitlement/history.ts';
import { keysToKeep } from '../entitlement/plan-keys.ts';
import { nextState } from '../entitlement/project.ts';
import {
  type EntitlementRow,
  type EntitlementState,
  neverSynced,
  type SyncState,
} from '../entitlement/row.ts';
import type { Fault } from '../system/fault.ts';
import {
  fetchSnapshot,
  type Snapshot,
  type SnapshotServices,
  type UnnamedCustomer,
} from './fetch-snapshot.ts';
import { type ConfirmedOwner, type OwnerClaim, type OwnerServices, reportClaim } from './owner.ts';
import { purchaseQuery } from './purchase-query.ts';
import { type NoticeServices, readNotices } from './read-notices.ts';
import { causeLabel, concernsReversal, type SyncRequest } from './sync-request.ts';

/** More would make the row ever larger. */
const MAX_FORMER_CUSTOMERS = 20;

export interface NextRow {
  readonly row: EntitlementState & SyncState;
  /** The user that the request's customer names. If it is another one, that user's row must be synced too. */
  readonly named: string | undefined;
  /** Why the features, or what the row shows of payments, could not be read, if that is only for now. */
  readonly unread: Fault | null;
  /** The customers that the index leads to this user from now on. */
  readonly added: readonly string[];
  /** The customers that leave the row. */
  readonly dropped: readonly string[];
  /** The request's customer, if it names no user itself. Undefined also if nothing shows it. */
  readonly unnamed: UnnamedCustomer | undefined;
}

/**
 * Without the request's customer if it has another owner, or none. The index leads to the user before the row lists the
 * customer: if this process stops in between, it leads to records that do not name the customer, which counts for nothing.
 */
export async function readNext(
  services: SnapshotServices & OwnerServices & NoticeServices,
  claim: OwnerClaim,
  { owner, list }: ConfirmedOwner,
): Promise<NextRow> {
  const { request, sub, row, profile } = claim;
  const known = [...(row?.customerIds ?? []), ...(profile?.customerId ? [profile.customerId] : [])];
  const customerIds = union(
    owner === sub ? [...known, request.customerId] : known.filter((id) => id !== request.customerId),
  );
  const readsReversal = (id: string) => needsReversal(request, row, id);
  const query = {
    sub,
    customerIds,
    settled: settledFor(claim),
    readsReversal,
    purchases: purchaseQuery(claim, services.isSoldTo),
    featuresOf: keptFeatures(claim),
    ...(list === undefined ? {} : { list }),
  };
  const snapshot = await fetchSnapshot(services, request, query);
  const { facts, unread } = await readNotices(services, request, {
    row,
    subscriptions: snapshot.subscriptions,
  });
  for (const other of snapshot.ofOthers) {
    services.owners.set(other.customerId, other.sub);
    reportClaim(services, claim, other);
  }
  if (row !== undefined && claimsOf(row).some(isUnclear)) {
    services.log.error('Another writer stored a status or an end in the row that no one can read.', {
      metric: 'row_unreadable',
      user_id: sub,
    });
  }
  const foreign = new Set(snapshot.ofOthers.map(({ customerId }) => customerId));
  const listed = customerIds.filter((id) => !foreign.has(id));
  const before = row?.customerIds ?? [];
  const added = listed.filter(
    (id) => !before.includes(id) || (request.reassigned && id === request.customerId),
  );
  await addToIndex(services, sub, added);
  return {
    row: { ...rowAfter(claim, snapshot, listed), billingFacts: facts },
    named: snapshot.ofOthers.find(({ customerId }) => customerId === request.customerId)?.sub ?? owner,
    unread: snapshot.unread ?? unread,
    added,
    dropped: before.filter((id) => !listed.includes(id)),
    unnamed: snapshot.unnamed.get(request.customerId),
  };
}

function rowAfter(
  { request, row }: OwnerClaim,
  snapshot: Snapshot,
  listed: readonly string[],
): EntitlementState & Omit<SyncState, 'billingFacts'> {
  const state = nextState(row, snapshot.facts);
  const lastAt = row?.history.at(-1)?.at ?? null;
  // The last change may have been read by another source's clock, and the history stays in order.
  const change = { at: latest([snapshot.asOf ?? request.changedAt, lastAt]), by: causeLabel(request.cause) };
  const history = historyWith(row, state, change);
  return {
    ...state,
    // A row without its features does not include every change, so no event may be skipped.
    syncedAt: snapshot.unread === null ? snapshot.asOf : null,
    // Counted once, also if this sync creates the row and then confirms it.
    syncs: (row?.syncs ?? 0) + 1,
    ...featuresAfter(row, snapshot),
    purchasesSyncedAt: snapshot.readsPurchases ? snapshot.asOf : (row?.purchasesSyncedAt ?? null),
    storesSyncedAt: row?.storesSyncedAt ?? null,
    customerIds: listed,
    formerCustomerIds: union([...(row?.formerCustomerIds ?? []), ...(row?.customerIds ?? [])])
      .filter((id) => !listed.includes(id))
      .slice(-MAX_FORMER_CUSTOMERS),
    ...(snapshot.unread === null ? {} : { featuresUnread: true }),
    provisional: false,
    planKeys: keysToKeep(row?.planKeys ?? {}, snapshot.facts.planKeys, { claims: state.claims, history }),
    history,
  };
}

/**
 * Returns what the features of the row were read for, if the row keeps them as long as that is the same. Null: they are read.
 * The time of a request of a user or of reconcile is unknown, so the features may have changed for any reason.
 */
function keptFeatures({ request, row }: OwnerClaim): string | null {
  const isAsked = request.includesFeatures || request.changedAt === null;
  if (isAsked || row === undefined || row.features === null || row.featuresUnread === true) return null;
  return row.featuresOf;
}

function featuresAfter(
  row: EntitlementRow | undefined,
  { features, featuresOf, featuresRead, asOf }: Snapshot,
): Pick<SyncState, 'featuresOf' | 'featuresSyncedAt' | 'featuresRead'> {
  if (features === 'read') return { featuresOf, featuresRead, featuresSyncedAt: asOf };
  const { featuresOf: of, featuresRead: read, featuresSyncedAt: at } = row ?? neverSynced;
  return { featuresOf: of, featuresRead: read, featuresSyncedAt: at };
}

/** The customers about which the records of others say nothing new: the row lists them, or the metadata in an event name the user. */
function settledFor({ request, sub, row }: OwnerClaim): readonly string[] {
  const isNamed = request.cause.kind === 'stripe_event' && request.sub === sub;
  return [...(row?.customerIds ?? []), ...(isNamed ? [request.customerId] : [])];
}

/**
 * Returns whether the sync must read the reversal. Reversals arrive as separate events, so most syncs need not.
 * Two others do: a sync that finds a subscription which did not decide before, and a sync for no particular change of a
 * row that already has a reversal.
 */
function needsReversal(
  request: SyncRequest,
  row: EntitlementRow | undefined,
  subscriptionId: string,
): boolean {
  if (concernsReversal(request)) return true;
  if (row === undefined) return false;
  const ofStripe = claimsOf(row).filter(({ source }) => source === 'stripe');
  const known = ofStripe.find((claim) => claim.subscriptionId === subscriptionId);
  if (known === undefined) return ofStripe.length > 0;
  return request.changedAt === null && known.reversal !== null;
}

function latest(times: readonly (number | null)[]): number | null {
  const known = times.filter((at) => at !== null);
  return known.length === 0 ? null : Math.max(...known);
}

function union(ids: readonly string[]): readonly string[] {
  return [...new Set(ids)];
}
