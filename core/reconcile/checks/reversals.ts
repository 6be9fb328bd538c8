/** Finds refunds and disputes that a row does not show. */
import { scanResult } from '../page.ts';
import {
  isReversalMissing,
  type Plan,
  type RepairServices,
  repairPlan,
  syncRequest,
  unchanged,
} from '../repair.ts';
import type { DriftFacts, ScanRequest, ScanResult } from '../scan.ts';
import { defineCheck } from '../scan.ts';

interface ReversalDrift extends DriftFacts {
  readonly reason: 'reversal_missing';
}

export const reversals = defineCheck({
  name: 'reversals',
  optIn: null,
  reads: 'the refunds, disputes, credit notes, and void or uncollectible invoices of the last 90 days',
  reasons: {
    reversal_missing: {
      meaning:
        'The payment for the current period was refunded, credited or disputed, or its invoice given up, and the row does not show it.',
      repair: 'Syncs the row with the reversal (`synced`).',
    },
  },
  scan,
  plan,
});

async function scan({ listings, cursor }: ScanRequest<'reversals'>): Promise<ScanResult<ReversalDrift>> {
  const page = await listings.reversals(cursor);
  const seen = new Set<string>();
  return scanResult(page, ({ customerId }) => {
    // Several refunds of one payment are read together.
    if (seen.has(customerId)) return undefined;
    seen.add(customerId);
    return { reason: 'reversal_missing', subjectId: customerId, sub: null };
  });
}

async function plan(services: RepairServices, { subjectId }: ReversalDrift): Promise<Plan> {
  if (!(await isReversalMissing(services, subjectId))) return unchanged;
  return repairPlan('synced', async () => {
    const { kind } = await services.sync({ ...syncRequest(subjectId, null), includesReversal: true });
    return kind === 'written' ? 'synced' : 'unchanged';
  });
}
