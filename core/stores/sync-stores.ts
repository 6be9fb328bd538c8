/** Syncs what a user has bought in app stores. An event only requests it: what counts is what RevenueCat says now. */
import { claimsOf } from '../entitlement/claims.ts';
import type { Statement } from '../entitlement/merge-claims.ts';
import type { Claim, EntitlementRow } from '../entitlement/row.ts';
import {
  type ClaimRequest,
  type ClaimsWritten,
  type ClaimWriterServices,
  writeClaims,
} from '../sync/write-claims.ts';
import { type Clock, nowSeconds } from '../system/clock.ts';
import { Fault } from '../system/fault.ts';
import { claimsOfPurchases, endOf, readTime } from './claims-of-purchases.ts';
import type { PurchaseReader, StorePurchases } from './purchase.ts';

export interface StoreSyncServices extends ClaimWriterServices {
  readonly stores: PurchaseReader;
  readonly clock: Pick<Clock, 'sleep' | 'nowMs'>;
}

export function createSyncStores(services: StoreSyncServices) {
  return (request: ClaimRequest): Promise<ClaimsWritten> =>
    writeClaims(services, request, async (row) => {
      const read = await services.stores.readPurchases(request.sub);
      const isExpected = request.cause.kind === 'store_event' || ofStores(row).some(isLive);
      if (!read.known && isExpected) throw customerNotInProject('list subscriptions');
      const now = nowSeconds(services.clock);
      const statement = statementOf(row, read, now);
      // Most users have never bought anything in a store. After an event the row is written all the same: a sync that has read
      // before the event, such as before a transfer, would write what it read afterwards.
      const isNothing = statement.claims.length === 0 && ofStores(row).length === 0;
      if (isNothing && request.cause.kind !== 'store_event') return null;
      // With the time from which the ends count that no store has set, a later read of the same purchases is recognized.
      return { statement, asOf: read.asOf, sync: { storesSyncedAt: readTime(read, now) } };
    });
}

/** Whether the purchase gives access, or the store goes on charging for it. */
export function isLive({ status, origin }: Claim): boolean {
  return status === 'active' || status === 'trialing' || origin?.continues === true;
}

/**
 * RevenueCat keeps its customers. One that it does not know, although it has just sent an event about it or has reported
 * purchases of it before, means another project's key, and a sync from that answer would lock out everyone who pays in a store.
 */
export function customerNotInProject(operation: string): Fault {
  return new Fault({ code: 'refused', system: 'revenuecat', operation, reason: 'customer_not_in_project' });
}

export type SyncStores = ReturnType<typeof createSyncStores>;

/** Returns what the purchases mean for the row. */
export function statementOf(
  row: EntitlementRow | undefined,
  read: StorePurchases,
  nowSeconds: number,
): Statement {
  const claims = claimsOfPurchases(read, nowSeconds);
  const known = new Set(ofStores(row).map(({ origin }) => origin?.id));
  // What is owned, or canceled at once, was paid for too.
  const begins = claims.some((claim) => {
    const { origin } = claim;
    return isLive(claim) && origin?.store !== 'promotional' && !known.has(origin?.id);
  });
  const ids = read.purchases.flatMap(({ id, productId }) => (productId === null ? [id] : [id, productId]));
  const sold = {
    by: 'revenuecat',
    ids: new Set(ids),
    until: Math.max(0, ...read.purchases.map(endOf)),
  } as const;
  return { source: 'revenuecat', claims, sold, begins };
}

/** Returns what the row knows of purchases in stores. */
export function ofStores(row: EntitlementRow | undefined): readonly Claim[] {
  return row === undefined ? [] : claimsOf(row).filter(({ source }) => source === 'revenuecat');
}
