/** Finds users who bought something in an app store of which their row shows nothing. */
import { hasPurchase } from '../../stores/reflects.ts';
import { Fault } from '../../system/fault.ts';
import type { Page } from '../listings.ts';
import { scanResult, subsIn } from '../page.ts';
import { type Plan, planStores, type RepairServices } from '../repair.ts';
import type { DriftFacts, ScanRequest, ScanResult } from '../scan.ts';
import { defineCheck } from '../scan.ts';

interface StoreCustomer extends DriftFacts {
  readonly reason: 'purchases_not_synced' | 'stores_unread';
  readonly nowSeconds: number;
  readonly failure: Fault | null;
}

export const storeCustomers = defineCheck({
  name: 'store_customers',
  optIn: null,
  reads: 'every RevenueCat customer with an active entitlement, and the row of its user',
  reasons: {
    purchases_not_synced: {
      meaning: 'RevenueCat knows a purchase of the user that the row does not show: its webhook was lost.',
      repair: 'Syncs the purchases of the user (`synced`).',
    },
    stores_unread: {
      meaning: 'RevenueCat did not list its customers.',
      repair: 'Nothing (`failed`): the next run tries again, and everything else is repaired.',
    },
  },
  scan,
  plan,
});

async function scan({
  listings,
  cursor,
  nowSeconds,
}: ScanRequest<'storeCustomers' | 'rowsOf'>): Promise<ScanResult<StoreCustomer>> {
  const page = await listings.storeCustomers(cursor).catch(asFault);
  if (page instanceof Fault) {
    const unread = { reason: 'stores_unread', subjectId: 'revenuecat', sub: null } as const;
    return { checked: 0, drifts: [{ ...unread, nowSeconds, failure: page }], next: null };
  }
  // A user without a row may be another stage's, or is provisioned by another check first.
  const rows = await listings.rowsOf(subsIn(page));
  return scanResult(page, ({ sub }) => {
    const row = rows.get(sub);
    // The check of the rows asks about purchases that they show.
    if (row === undefined || hasPurchase(row)) return undefined;
    return { reason: 'purchases_not_synced', subjectId: sub, sub, nowSeconds, failure: null };
  });
}

function asFault(cause: unknown): Fault | Page<{ readonly sub: string }> {
  if (cause instanceof Fault) return cause;
  throw cause;
}

async function plan(
  services: Pick<RepairServices, 'stores' | 'syncStores' | 'entitlements'>,
  { sub, nowSeconds, failure }: StoreCustomer,
): Promise<Plan> {
  if (failure !== null) throw failure;
  return planStores(services, { sub: sub ?? '', nowSeconds });
}
