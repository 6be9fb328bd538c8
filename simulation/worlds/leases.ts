/** The leases of rows in memory. */
import type { EntitlementRow, EntitlementStore, LeaseRequest } from '../../core/entitlement/row.ts';
import type { Network } from '../engine/invocation.ts';

export function leasesOf(
  { entitlements }: { readonly entitlements: Map<string, EntitlementRow> },
  network: Network,
): Pick<EntitlementStore, 'takeLease' | 'announceFeatures' | 'endLease'> {
  return {
    takeLease: (sub, request) =>
      network.call('dynamodb', 'lease entitlement', () => {
        const stored = entitlements.get(sub);
        if (stored === undefined || !isFree(stored, request)) return undefined;
        const announced = stored.lease?.id === request.id && stored.lease.readsFeatures === true;
        const lease = { id: request.id, sinceMs: request.nowMs };
        const row = { ...stored, lease: announced ? { ...lease, readsFeatures: true as const } : lease };
        entitlements.set(sub, row);
        return row;
      }),
    announceFeatures: (sub, id) =>
      network.call('dynamodb', 'announce features', () => {
        const stored = entitlements.get(sub);
        if (stored?.lease?.id !== id) return false;
        entitlements.set(sub, { ...stored, lease: { ...stored.lease, readsFeatures: true } });
        return true;
      }),
    endLease: (sub, id) =>
      network.call('dynamodb', 'end lease', () => {
        const { lease, ...row } = entitlements.get(sub) ?? {};
        if (lease?.id === id) entitlements.set(sub, row as EntitlementRow);
      }),
  };
}

function isFree(
  { lease, syncedAt }: EntitlementRow,
  { id, nowMs, lastsMs, notSyncedAfter = Number.POSITIVE_INFINITY }: LeaseRequest,
): boolean {
  const isOver = lease === undefined || Math.abs(nowMs - lease.sinceMs) > lastsMs;
  return (isOver || lease.id === id) && (syncedAt ?? 0) <= notSyncedAfter;
}
