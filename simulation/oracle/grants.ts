/** Computes what a person’s grants are expected to give. Written only from docs/plans.md, and without the product's code. */
import type { Purchase } from './answer.ts';
import { noSubscription } from './state.ts';

export interface Grant {
  readonly plan: string;
  readonly features: readonly string[];
  /** Unix seconds. Null: until it is revoked. */
  readonly until: number | null;
}

/** A grant ends by time and has no grace, so its end is a scheduled one. */
export function expectedOfGrants(grants: readonly (Grant & { readonly id: string })[]): readonly Purchase[] {
  return grants.map(({ id, plan, features, until }) => ({
    state: {
      ...noSubscription,
      status: 'active',
      plan,
      currentPeriodEnd: until,
      cancelAtPeriodEnd: until !== null,
      cancelAt: until,
    },
    reversal: null,
    origin: { id, source: 'grant', manageUrl: null, features },
  }));
}
