/** Finds users who bought something in an app store of which their row shows nothing. */
import { hasPurchase, reflects } from '../../stores/reflects.ts';
import { scanResult, subsIn } from '../page.ts';
import { planStores } from '../repair.ts';
import type { DriftFacts, ScanRequest, ScanResult } from '../scan.ts';
import { defineCheck } from '../scan.ts';

interface StoreCustomer extends DriftFacts {
  readonly reason: 'purchases_not_synced';
  readonly sub: string;
}

export const storeCustomers = defineCheck({
  name: 'store_customers',
  optIn: null,
  reads:
    'every RevenueCat customer with an active entitlement or seen in the last three days, and the row of its user',
  reasons: {
    purchases_not_synced: {
      meaning: 'RevenueCat knows a purchase of the user that the row does not show: its webhook was lost.',
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
}: ScanRequest<'storeCustomers' | 'rowsOf' | 'purchasesOf'>): Promise<ScanResult<StoreCustomer>> {
  const page = await listings.storeCustomers(cursor);
  // A user without a row may be another stage's, or is provisioned by another check first.
  const rows = await listings.rowsOf(subsIn(page));
  // The check of the rows asks about purchases that they show.
  const unknown = [...rows].filter(([, row]) => !hasPurchase(row)).map(([sub]) => sub);
  const purchases = await listings.purchasesOf(unknown);
  return scanResult(page, ({ sub }) => {
    const read = purchases.get(sub);
    const differs = read !== undefined && !reflects(rows.get(sub), read, nowSeconds);
    return differs ? { reason: 'purchases_not_synced', subjectId: sub, sub } : undefined;
  });
}
