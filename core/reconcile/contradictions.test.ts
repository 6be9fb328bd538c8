import { describe, expect, it } from 'vitest';
import { row } from '../../tests/support/rows.ts';
import { recordOfProfile, recordOfRow } from './contradictions.ts';

describe('The customers that a record names', () => {
  it('are the one of a profile, if it has one', () => {
    const profile = { userId: 'ann', deletion: null, createdAt: null };
    const named = (customerId: string | null) => recordOfProfile({ ...profile, customerId });
    expect(named('cus_1')).toEqual({ sub: 'ann', customerIds: ['cus_1'], source: 'profile' });
    expect(named(null)).toEqual({ sub: 'ann', customerIds: [], source: 'profile' });
  });

  it('are those of a row, and those that have left it', () => {
    const listing = { ...row(), sub: 'ann', customerIds: ['cus_1'], formerCustomerIds: ['cus_2'] };
    expect(recordOfRow(listing)).toEqual({ sub: 'ann', customerIds: ['cus_1', 'cus_2'], source: 'row' });
  });
});
