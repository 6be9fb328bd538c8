/** Removes from the index of customers what leads to users whose records do not name the customer any more. */
import { recordsName } from '../../account/customer-index.ts';
import type { IndexedCustomer } from '../listings.ts';
import { scanResult } from '../page.ts';
import { type RecordedOwnerListings, recordedOwners } from '../recorded-owners.ts';
import { type Plan, type RepairServices, upkeepPlan } from '../repair.ts';
import type { DriftFacts, ScanRequest, ScanResult } from '../scan.ts';
import { defineCheck } from '../scan.ts';
import { isDue } from './missing-users.ts';

interface OutdatedEntry extends DriftFacts {
  readonly reason: 'index_outdated';
  readonly users: readonly string[];
}

export const customerIndex = defineCheck({
  name: 'customer_index',
  optIn: null,
  reads: 'every item of the index of customers, and the profiles and rows of a share of them in each run',
  reasons: {
    index_outdated: {
      meaning: 'The index leads from a customer to a user whose profile and row do not name it.',
      repair: 'Removes what is outdated. That is no finding, unless it fails (`failed`).',
    },
  },
  scan,
  plan,
});

async function scan({
  listings,
  cursor,
  nowSeconds,
}: ScanRequest<'index' | RecordedOwnerListings>): Promise<ScanResult<OutdatedEntry>> {
  const page = await listings.index(cursor);
  const isWhole = cursor === null && page.next === null;
  const due = page.items.filter(({ customerId }) => isWhole || isDue(customerId, nowSeconds));
  const users = new Map(due.map((entry) => [entry.customerId, entry.users]));
  const indexed = async () => users;
  const owners = await recordedOwners({ ...listings, indexed }, [...users.keys()]);
  const outdated = ({ customerId, users: all }: IndexedCustomer) =>
    users.has(customerId) ? all.filter((sub) => !(owners.get(customerId) ?? []).includes(sub)) : [];
  return scanResult(page, (entry) => {
    const gone = outdated(entry);
    if (gone.length === 0) return undefined;
    return { reason: 'index_outdated', subjectId: entry.customerId, sub: null, users: gone };
  });
}

async function plan(
  { index, profiles, entitlements }: Pick<RepairServices, 'index' | 'profiles' | 'entitlements'>,
  { subjectId: customerId, users }: OutdatedEntry,
): Promise<Plan> {
  return upkeepPlan(async () => {
    for (const sub of users) {
      const records = { row: await entitlements.read(sub), profile: await profiles.read(sub) };
      if (!recordsName(records, customerId)) await index.drop(customerId, sub);
    }
  });
}
