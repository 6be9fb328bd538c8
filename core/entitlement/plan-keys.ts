/**
 * The other names of a plan, by which the policy can name it: a price's lookup key and product, or what a purchase in a
 * store unlocks. The row keeps them once for each plan, so that its history need not repeat them. Pure.
 */
import { noPlanOrder, withKeys } from './plan-order.ts';
import type { PlanPolicy, Rules } from './policy.ts';
import type { Change, Claim, PlanKeys } from './row.ts';

/** Returns the policy for a row. A rule of the plan itself comes first, then those of its keys in their order. */
export function withPlanKeys<P extends PlanPolicy>(policy: P, planKeys: PlanKeys): P {
  const { planOrder = noPlanOrder } = policy;
  // By default, the policy names no plan, so no other name matters.
  if (planOrder.size === 0 && Object.keys(policy.plans).length === 0) return policy;
  const plans = Object.entries(planKeys).map(([plan, keys]): [string, Partial<Rules>] => {
    const named = [plan, ...keys].filter((key) => Object.hasOwn(policy.plans, key));
    return [plan, Object.assign({}, ...named.reverse().map((key) => policy.plans[key]))];
  });
  if (plans.length === 0) return policy;
  return {
    ...policy,
    plans: { ...policy.plans, ...Object.fromEntries(plans) },
    planOrder: withKeys(planOrder, planKeys),
  };
}

/** Returns the keys of what the user bought in stores: what any purchase of the product unlocks. */
export function keysOfStorePlans(claims: readonly Claim[]): PlanKeys {
  const keys = new Map<string, readonly string[]>();
  for (const { source, plan, origin } of claims) {
    if (source !== 'revenuecat' || plan === null || origin === undefined) continue;
    keys.set(plan, [...new Set([...(keys.get(plan) ?? []), ...origin.features])].sort(byText));
  }
  return Object.fromEntries(keys);
}

function byText(a: string, b: string): number {
  return a < b ? -1 : 1;
}

/** What a row shows once it is written. */
export interface ShownPlans {
  readonly claims: readonly Claim[];
  readonly history: readonly Pick<Change, 'after' | 'others'>[];
}

/** Returns the keys to write: those that were read now, and of those before only what the row still shows. */
export function keysToKeep(known: PlanKeys, read: PlanKeys, { claims, history }: ShownPlans): PlanKeys {
  const past = history.flatMap(({ after, others = [] }) => [after, ...others]);
  const shown = new Set([...claims, ...past].map(({ plan }) => plan));
  const entries = Object.entries({ ...known, ...read });
  return Object.fromEntries(entries.filter(([plan, keys]) => keys.length > 0 && shown.has(plan)));
}
