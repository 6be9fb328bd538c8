/** Finds users of the pool who lack a profile, a row or a customer, and creates them. */
import type { PoolUser } from '../../account/pool-user.ts';
import { scanResult } from '../page.ts';
import { type Plan, type RepairServices, repairPlan, repairUser } from '../repair.ts';
import type { DriftFacts, ScanRequest, ScanResult } from '../scan.ts';
import { defineCheck } from '../scan.ts';

interface IncompleteUser extends DriftFacts {
  readonly reason: 'user_without_profile' | 'customer_missing' | 'row_missing';
  readonly user: PoolUser;
}

export const users = defineCheck({
  name: 'users',
  optIn: 'in `npm run reconcile` and `backfill`',
  reads: 'every confirmed user of the Cognito pool',
  reasons: {
    user_without_profile: {
      meaning: 'The user has no profile: an administrator created the user, or an import did.',
      repair:
        'Creates profile, row and customer (`user_provisioned`). An existing customer that names the user is used instead of a new one.',
    },
    customer_missing: {
      meaning: 'The profile names no customer.',
      repair: 'Links the customer that names the user, or creates one (`user_provisioned`).',
    },
    row_missing: {
      meaning: 'The user has a profile and no entitlement row.',
      repair: 'Creates the row and syncs it (`user_provisioned`).',
    },
  },
  scan,
  plan,
});

async function scan({
  listings,
  cursor,
}: ScanRequest<'users' | 'rowsOf' | 'profilesOf'>): Promise<ScanResult<IncompleteUser>> {
  const page = await listings.users(cursor);
  const subs = page.items.map(({ sub }) => sub);
  const [rows, profiles] = await Promise.all([listings.rowsOf(subs), listings.profilesOf(subs)]);
  return scanResult(page, (user) => {
    const { sub, confirmed } = user;
    const profile = profiles.get(sub);
    const complete = profile !== undefined && profile.customerId !== null && rows.has(sub);
    // Sign-up provisions an unconfirmed user on confirmation, and the `profiles` check finishes a deletion.
    if (!confirmed || complete || profile?.deletion) return undefined;
    const missing = profile?.customerId === null ? 'customer_missing' : 'row_missing';
    const reason = profile === undefined ? 'user_without_profile' : missing;
    return { reason, subjectId: sub, sub, user };
  });
}

async function plan(
  services: Pick<RepairServices, 'provision' | 'sync'>,
  { user }: IncompleteUser,
): Promise<Plan> {
  return repairPlan('user_provisioned', () => repairUser(services, user));
}
