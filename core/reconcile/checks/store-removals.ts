/** The part of the check of rows that finishes what RevenueCat has to forget. Its records are in the table of the rows. */
import type { PendingRemoval } from '../../stores/pending-removal.ts';
import { endPlan, type Plan, type RepairServices, unchanged } from '../repair.ts';
import type { DriftFacts } from '../scan.ts';

export interface RemovalDrift extends DriftFacts {
  readonly reason: 'store_customer_remains';
}

export const removalReasons = {
  store_customer_remains: {
    meaning:
      'The account is deleted, and RevenueCat did not delete its customer then: it did not answer, or refused.',
    repair:
      'Deletes the customer at RevenueCat behind [the gate](#what-is-ended) (`store_customer_deleted`). While RevenueCat does not answer, the next run tries again (`failed`). If it refuses, or this stage has no app in a store any more, a person decides (`needs_review`); see [store-customer-remains](runbook.md#store-customer-remains).',
  },
};

export function driftOf({ sub }: PendingRemoval): RemovalDrift {
  return { reason: 'store_customer_remains', subjectId: sub, sub };
}

export async function planRemoval(
  { removals, profiles, entitlements, stores }: RemovalPlanServices,
  { subjectId: sub }: RemovalDrift,
): Promise<Plan> {
  if ((await removals.read(sub)) === undefined) return unchanged;
  const [profile, row] = await Promise.all([profiles.read(sub), entitlements.read(sub)]);
  // The deletion that has made the record is not finished, and does it itself.
  if (profile !== undefined || row !== undefined) return unchanged;
  return stores === null ? { kind: 'review' } : endPlan({ kind: 'store_customer', sub });
}

type RemovalPlanServices = Pick<RepairServices, 'removals' | 'profiles' | 'entitlements' | 'stores'>;
