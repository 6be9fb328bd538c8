/** Keeps what other writers have put into rows as claims in addition to those of Stripe. */
import { isForeign } from '../../entitlement/claims.ts';
import { scanResult } from '../page.ts';
import { type Plan, type RepairServices, repairPlan, syncRequest, unchanged } from '../repair.ts';
import type { DriftFacts, ScanRequest, ScanResult } from '../scan.ts';
import { defineCheck } from '../scan.ts';

interface ForeignRow extends DriftFacts {
  readonly reason: 'foreign_row';
  readonly sub: string;
}

export const foreignRows = defineCheck({
  name: 'foreign_rows',
  optIn: 'in `backfill`',
  reads: 'every entitlement row',
  reasons: {
    foreign_row: {
      meaning: 'Another writer set the status, the plan or an end of the row.',
      repair:
        'Syncs the row (`synced`), and keeps what is written there as a claim until its own end. If it is about a price that Stripe has sold to the user, Stripe’s answer counts instead.',
    },
  },
  scan,
  plan,
});

async function scan({ listings, cursor }: ScanRequest<'rows'>): Promise<ScanResult<ForeignRow>> {
  const page = await listings.rows(cursor);
  return scanResult(page, (row) => {
    const { sub } = row;
    return isForeign(row) ? { reason: 'foreign_row', subjectId: sub, sub } : undefined;
  });
}

async function plan(
  services: Pick<RepairServices, 'profiles' | 'entitlements' | 'sync'>,
  { sub }: ForeignRow,
): Promise<Plan> {
  const profile = await services.profiles.read(sub);
  const row = await services.entitlements.read(sub);
  if (row === undefined || profile === undefined || profile.deletion !== null) return unchanged;
  const customerId = profile.customerId ?? row.customerIds[0];
  // Without a customer, no sync writes the row, and what is written there counts as it is.
  if (customerId === undefined || !isForeign(row)) return unchanged;
  return repairPlan('synced', async () => {
    await services.sync(syncRequest(customerId, sub));
    return 'synced';
  });
}
