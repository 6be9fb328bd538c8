/** Finds rows that do not show what their users' purchases in app stores are now. */
import type { EntitlementRow } from '../../entitlement/row.ts';
import { reflects } from '../../stores/reflects.ts';
import { ofStores } from '../../stores/sync-stores.ts';
import { scanResult } from '../page.ts';
import { planStores } from '../repair.ts';
import type { DriftFacts, ScanRequest, ScanResult } from '../scan.ts';
import { defineCheck } from '../scan.ts';

interface StoreRow extends DriftFacts {
  readonly reason: 'purchases_differ';
  readonly sub: string;
}

export const storeRows = defineCheck({
  name: 'store_rows',
  optIn: null,
  reads: 'every row with a purchase in an app store that is not over, and that purchase in RevenueCat',
  reasons: {
    purchases_differ: {
      meaning: 'The row shows another state of a purchase in an app store than RevenueCat.',
      repair: 'Syncs the purchases of the user (`synced`).',
    },
  },
  scan,
  plan: planStores,
});

async function scan({
  listings,
  cursor,
  nowSeconds,
}: ScanRequest<'rows' | 'purchasesOf'>): Promise<ScanResult<StoreRow>> {
  const page = await listings.rows(cursor);
  const purchases = await listings.purchasesOf(page.items.filter(mayChange).map(({ sub }) => sub));
  return scanResult(page, (row) => {
    const { sub } = row;
    const read = purchases.get(sub);
    const differs = read !== undefined && !reflects(row, read, nowSeconds);
    return differs ? { reason: 'purchases_differ', subjectId: sub, sub } : undefined;
  });
}

/** What is over changes only by a new purchase, which the listing of customers shows. */
function mayChange(row: EntitlementRow): boolean {
  return ofStores(row).some(({ status, origin }) => status !== 'canceled' || origin?.continues === true);
}
