/** Whether a row includes the change that requests a sync, so that Stripe need not be read for it. Pure. */
import type { EntitlementRow } from '../entitlement/row.ts';
import { concernsReversal, type SyncRequest } from './sync-request.ts';

/**
 * How much later than an event a sync must be to be sure to include it. Stripe's `created` and `Date` are whole
 * seconds, and a change may become visible a moment after its event's time.
 */
export const SYNC_MARGIN_SECONDS = 3;

/**
 * `firstSeen`: how many syncs the row had had when it was first read for this request. If it has had two more, the second of
 * them read the row, and then Stripe, after that moment. The first of them may have read Stripe before it.
 */
export function includes(row: EntitlementRow, request: SyncRequest, firstSeen: number): boolean {
  // A sync for another reason did not read the reversal.
  if (row.provisional || concernsReversal(request)) return false;
  return isReadAfter(row, request) || isReadSince(row, request, firstSeen);
}

/** Returns whether Stripe was read for the row later than the change, by Stripe's clock. */
export function isReadAfter(row: EntitlementRow, request: SyncRequest): boolean {
  if (request.changedAt === null || !row.customerIds.includes(request.customerId)) return false;
  const readAt = request.includesFeatures ? row.featuresSyncedAt : row.syncedAt;
  return readAt !== null && readAt > request.changedAt + SYNC_MARGIN_SECONDS;
}

function isReadSince(row: EntitlementRow, request: SyncRequest, firstSeen: number): boolean {
  // Not every sync reads the features, and one whose read of them failed does not include every change.
  if (request.changedAt === null || request.includesFeatures || row.featuresUnread === true) return false;
  return row.customerIds.includes(request.customerId) && row.syncs >= firstSeen + 2;
}
