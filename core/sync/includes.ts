/** Whether a row includes the change that requests a sync, so that Stripe need not be read for it. Pure. */
import type { EntitlementRow } from '../entitlement/row.ts';
import { concernsReversal, type SyncRequest } from './sync-request.ts';

/**
 * How much later than an event a sync must be to be sure to include it. Stripe's `created` and `Date` are whole
 * seconds, and a change may become visible a moment after its event's time.
 */
export const SYNC_MARGIN_SECONDS = 3;

/** What was seen in the row since the change that requests the sync. */
export interface Seen {
  /**
   * How many syncs the row had had when it was first read for this request. If it has had two more, the second of them read the
   * row, and then Stripe, after that moment. The first of them may have read Stripe before it.
   */
  readonly syncs: number;
  /** The syncs that were under way and had not begun to read the features. If one of them did, it was after that moment. */
  readonly beforeFeatures: ReadonlySet<string>;
}

export function includes(row: EntitlementRow, request: SyncRequest, seen: Seen): boolean {
  // A sync for another reason did not read the reversal.
  if (row.provisional || concernsReversal(request) || readsNotices(row, request)) return false;
  return isReadAfter(row, request) || isReadSince(row, request, seen);
}

/** A sync for another reason keeps what the row shows of payments. */
function readsNotices({ billingFacts }: EntitlementRow, { notices }: SyncRequest): boolean {
  return notices === 'known' ? billingFacts.length > 0 : notices !== undefined;
}

/** Returns whether Stripe was read for the row later than the change, by Stripe's clock. */
export function isReadAfter(row: EntitlementRow, request: SyncRequest): boolean {
  if (request.changedAt === null || !row.customerIds.includes(request.customerId)) return false;
  const readAt = readAtOf(row, request);
  return readAt !== null && readAt > request.changedAt + SYNC_MARGIN_SECONDS;
}

/** Most syncs read neither the features nor what was bought once. */
function readAtOf(row: EntitlementRow, request: SyncRequest): number | null {
  if (request.includesPurchases === true) return row.purchasesSyncedAt;
  return request.includesFeatures ? row.featuresSyncedAt : row.syncedAt;
}

function isReadSince(row: EntitlementRow, request: SyncRequest, seen: Seen): boolean {
  // A sync whose read of the features failed does not include every change.
  if (request.changedAt === null || row.featuresUnread === true) return false;
  // Nothing shows which of the syncs since has read what was bought once.
  if (request.includesPurchases === true) return false;
  if (!row.customerIds.includes(request.customerId)) return false;
  // Not every sync reads the features, nor those of every customer.
  return request.includesFeatures ? hasReadFeatures(row, request, seen) : row.syncs >= seen.syncs + 2;
}

function hasReadFeatures({ featuresRead }: EntitlementRow, { customerId }: SyncRequest, seen: Seen): boolean {
  if (featuresRead === null || !seen.beforeFeatures.has(featuresRead.by)) return false;
  return featuresRead.customerIds.includes(customerId);
}

/** Returns the sync that is under way and has not begun to read the features. Its features are not in the row yet. */
export function beforeFeatures({ lease, featuresRead }: EntitlementRow): string | undefined {
  const hasBegun = lease?.readsFeatures === true || lease?.id === featuresRead?.by;
  return hasBegun ? undefined : lease?.id;
}
