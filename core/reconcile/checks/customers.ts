/**
 * Finds customers that name a user, but are named by neither the user's profile nor the user's row; and customers that name no
 * user, although the records of one name them.
 */
import { scanResult, subsIn } from '../page.ts';
import { onlyOwner, type RecordedOwnerListings, recordedOwners } from '../recorded-owners.ts';
import { planCustomer } from '../repair.ts';
import type { DriftFacts, ScanRequest, ScanResult } from '../scan.ts';
import { defineCheck } from '../scan.ts';
import { planUnnamed, type UnnamedServices } from '../unnamed.ts';

interface CustomerDrift extends DriftFacts {
  readonly reason: 'customer_without_profile' | 'second_customer' | 'customer_unnamed';
  /** Null for a customer that names no user. */
  readonly customer: { readonly id: string; readonly sub: string } | null;
}

export const customers = defineCheck({
  name: 'customers',
  optIn: null,
  reads: 'every Stripe customer, and the profile and row of its user',
  reasons: {
    customer_without_profile: {
      meaning: 'The customer names a user who has neither profile nor row.',
      repair:
        'Provisions the user with this customer (`user_provisioned`). If Cognito does not know the user, the customer is deleted behind [the gate](#what-is-ended) (`customer_deleted`), and what its own checkout sold and no one used is refunded (`refunded`).',
    },
    second_customer: {
      meaning: 'The user has another customer, and the row does not list this one.',
      repair:
        'Syncs the row with this customer too (`synced`): the customer then counts for access and is deleted with the account.',
    },
    customer_unnamed: {
      meaning:
        'The customer’s metadata name no user any more, and the profile or the row of a user names the customer: a person has edited the metadata.',
      repair:
        'Syncs the row, and writes the user back into the metadata (`synced`). If the records of several users name the customer, nothing changes and a person decides (`needs_review`); see [owner-contradicted](runbook.md#owner-contradicted).',
    },
  },
  scan,
  plan,
});

async function scan({
  listings,
  cursor,
}: ScanRequest<'customers' | RecordedOwnerListings>): Promise<ScanResult<CustomerDrift>> {
  const page = await listings.customers(cursor);
  const subs = subsIn(page);
  const [rows, profiles] = await Promise.all([listings.rowsOf(subs), listings.profilesOf(subs)]);
  const unnamed = page.items.filter((customer) => customer.unnamed).map(({ id }) => id);
  const recorded = await recordedOwners(listings, unnamed);
  return scanResult(page, ({ id, sub }) => {
    if (sub === null) {
      const owner = onlyOwner(recorded, id) ?? null;
      if (!recorded.has(id)) return undefined;
      return { reason: 'customer_unnamed', subjectId: id, sub: owner, customer: null };
    }
    const [row, profile] = [rows.get(sub), profiles.get(sub)];
    if (row?.customerIds.includes(id) === true || profile?.customerId === id) return undefined;
    const unknown = row === undefined && profile === undefined;
    const reason = unknown ? 'customer_without_profile' : 'second_customer';
    return { reason, subjectId: id, sub, customer: { id, sub } };
  });
}

function plan(services: UnnamedServices & Parameters<typeof planCustomer>[0], drift: CustomerDrift) {
  const { customer, subjectId } = drift;
  return customer === null ? planUnnamed(services, subjectId) : planCustomer(services, customer);
}
