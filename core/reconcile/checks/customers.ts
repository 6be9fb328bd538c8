/** Finds customers that name a user, but are named by neither the user's profile nor the user's row. */
import { scanResult, subsIn } from '../page.ts';
import { planCustomer } from '../repair.ts';
import type { DriftFacts, ScanRequest, ScanResult } from '../scan.ts';
import { defineCheck } from '../scan.ts';

interface CustomerDrift extends DriftFacts {
  readonly reason: 'customer_without_profile' | 'second_customer';
  readonly customer: { readonly id: string; readonly sub: string };
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
  },
  scan,
  plan,
});

async function scan({
  listings,
  cursor,
}: ScanRequest<'customers' | 'rowsOf' | 'profilesOf'>): Promise<ScanResult<CustomerDrift>> {
  const page = await listings.customers(cursor);
  const subs = subsIn(page);
  const [rows, profiles] = await Promise.all([listings.rowsOf(subs), listings.profilesOf(subs)]);
  return scanResult(page, ({ id, sub }) => {
    if (sub === null) return undefined;
    const [row, profile] = [rows.get(sub), profiles.get(sub)];
    if (row?.customerIds.includes(id) === true || profile?.customerId === id) return undefined;
    const unknown = row === undefined && profile === undefined;
    const reason = unknown ? 'customer_without_profile' : 'second_customer';
    return { reason, subjectId: id, sub, customer: { id, sub } };
  });
}

function plan(services: Parameters<typeof planCustomer>[0], { customer }: CustomerDrift) {
  return planCustomer(services, customer);
}
