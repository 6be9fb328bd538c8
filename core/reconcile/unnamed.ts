/** Repairs a customer whose metadata name no user although the records of one name it: a person has edited them away. */
import { usersNaming } from '../account/customer-index.ts';
import { reportContradiction } from '../account/ownership.ts';
import { isProvablyOf, restoreName } from '../account/restore-name.ts';
import { type Plan, type RepairServices, repairPlan, syncRequest, unchanged } from './repair.ts';

export type UnnamedServices = Pick<
  RepairServices,
  'poolId' | 'billing' | 'profiles' | 'entitlements' | 'index' | 'sync' | 'log'
>;

/** If a live subscription names a user, that one has the customer, and its metadata stay as they are. */
export async function planUnnamed(services: UnnamedServices, customerId: string): Promise<Plan> {
  const { billing, poolId } = services;
  const lookup = await billing.retrieveCustomer(customerId);
  if (lookup.kind !== 'customer' || lookup.sub !== null) return unchanged;
  if (lookup.poolId !== null && lookup.poolId !== poolId) return unchanged;
  const naming = await usersNaming(services, customerId);
  const [first, ...others] = naming.filter(({ records }) => (records.profile?.deletion ?? null) === null);
  if (first === undefined) return unchanged;
  const stamps = await billing.readSubscriptionStamps(customerId);
  const { sub, records } = first;
  if (others.length > 0) {
    if (stamps.some((stamp) => stamp.sub !== null)) return unchanged;
    return repairPlan('needs_review', async () => {
      for (const { sub: otherSub } of others)
        reportContradiction(services.log, { customerId, sub, otherSub, source: 'profile' });
      return 'needs_review';
    });
  }
  if (!isProvablyOf({ ...records, customerId, sub, poolId, pool: lookup.poolId, stamps, named: false }))
    return unchanged;
  return repairPlan('synced', async () => {
    await services.sync(syncRequest(customerId, sub));
    const restored = await restoreName(services, { customerId, sub });
    if (restored === 'contradicted') return 'needs_review';
    return restored === 'kept' ? 'unchanged' : 'synced';
  });
}
