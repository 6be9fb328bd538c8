/** Decides whether a sync reads what was bought once. Pure. An everyday event, and a user who buys nothing so, take no call for it. */
import { claimsOf } from '../entitlement/claims.ts';
import type { Claim, EntitlementRow } from '../entitlement/row.ts';
import type { PurchaseQuery } from '../purchase/read-purchases.ts';
import type { OwnerClaim } from './owner.ts';
import { concernsReversal } from './sync-request.ts';

/** `isSoldTo`: whether one of the customers says so, as far as that was read. */
export function purchaseQuery(
  { request, row }: Pick<OwnerClaim, 'request' | 'row'>,
  isSoldTo: (customerIds: readonly string[]) => boolean,
): PurchaseQuery {
  const known = row === undefined ? [] : purchasesIn(row);
  return {
    known,
    isRead: (customerIds) => {
      if (request.includesPurchases === true) return true;
      if (!(row !== undefined && mayHavePurchases(row)) && !isSoldTo(customerIds)) return false;
      // Of a request without a time, nothing says what has changed. A row that is new, or that an older function wrote last, may
      // lack them.
      if (row === undefined || request.changedAt === null || row.purchasesSyncedAt === null) return true;
      return concernsReversal(request) || request.customerDeleted || differ(customerIds, row.customerIds);
    },
  };
}

/** Whether the user has bought something once, or has been offered it. Without that, nothing is read. */
export function mayHavePurchases(row: EntitlementRow): boolean {
  return row.soldOnceSince !== undefined || purchasesIn(row).length > 0;
}

export function purchasesIn(row: EntitlementRow): readonly Claim[] {
  return claimsOf(row).filter(({ source }) => source === 'purchase');
}

function differ(a: readonly string[], b: readonly string[]): boolean {
  return a.length !== b.length || a.some((id) => !b.includes(id));
}
