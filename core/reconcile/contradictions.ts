/** Finds the endings that a record of another user contradicts: its profile or its row names the same customer. Pure. */
import type { OwnerContradiction } from '../account/ownership.ts';
import type { Profile } from '../account/profile.ts';
import type { EntitlementRow } from '../entitlement/row.ts';
import type { ProposedEnding } from './progress.ts';

/** The proposed endings by the customers that they concern. */
export type Claims = ReadonlyMap<string, readonly ProposedEnding[]>;

export interface NamingRecord {
  readonly sub: string;
  readonly customerIds: readonly string[];
  readonly source: 'profile' | 'row';
}

export interface Contradicted extends OwnerContradiction {
  readonly proposed: ProposedEnding;
}

export function recordOfProfile({ userId: sub, customerId }: Profile): NamingRecord {
  return { sub, customerIds: customerId === null ? [] : [customerId], source: 'profile' };
}

/** A customer that left the row, because it names another user, may still be paid by this one. */
export function recordOfRow({ sub, customerIds, formerCustomerIds }: EntitlementRow): NamingRecord {
  return { sub, customerIds: [...customerIds, ...formerCustomerIds], source: 'row' };
}

/** Returns at most one contradiction for each ending. */
export function contradictionsIn(claims: Claims, records: readonly NamingRecord[]): readonly Contradicted[] {
  const found = new Map<ProposedEnding, Contradicted>();
  for (const { sub: otherSub, customerIds, source } of records) {
    for (const customerId of customerIds) {
      for (const proposed of claims.get(customerId) ?? []) {
        const { sub } = proposed.ending;
        if (sub !== otherSub && !found.has(proposed))
          found.set(proposed, { proposed, customerId, sub, otherSub, source });
      }
    }
  }
  return [...found.values()];
}
