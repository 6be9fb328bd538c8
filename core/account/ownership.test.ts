import { describe, expect, it } from 'vitest';
import type { LogFields } from '../system/log.ts';
import { mayGiveAccess, type Ownership, ownershipOf, reportContradiction } from './ownership.ts';

const stage = { sub: 'ann', poolId: 'pool' };

describe('The owner of a customer', () => {
  it.each<[string, { sub: string | null; poolId: string | null }, Ownership, Ownership]>([
    ['names the user and this pool', { sub: 'ann', poolId: 'pool' }, 'own', 'own'],
    ['names the user and no pool', { sub: 'ann', poolId: null }, 'own', 'named'],
    ['names no user and no pool', { sub: null, poolId: null }, 'own', 'unproven'],
    ['names no user and this pool', { sub: null, poolId: 'pool' }, 'own', 'unproven'],
    ['names no user and another pool', { sub: null, poolId: 'other' }, 'other_pool', 'other_pool'],
    ['names the user and another pool', { sub: 'ann', poolId: 'other' }, 'other_pool', 'other_pool'],
    ['names another user and this pool', { sub: 'ben', poolId: 'pool' }, 'other_user', 'other_user'],
    ['names another user and another pool', { sub: 'ben', poolId: 'other' }, 'other_user', 'other_user'],
    ['names another user and no pool', { sub: 'ben', poolId: null }, 'other_user', 'other_user'],
  ])('follows from a record only where the customer %s', (_case, stamp, recorded, unrecorded) => {
    expect(ownershipOf({ ...stage, stamp, recorded: true })).toBe(recorded);
    expect(ownershipOf({ ...stage, stamp, recorded: false })).toBe(unrecorded);
  });

  it('is not proven by any pool while this stage has none', () => {
    const claim = { sub: 'ann', poolId: null, stamp: { sub: 'ann', poolId: 'pool' } };
    expect(ownershipOf({ ...claim, recorded: false })).toBe('named');
    expect(ownershipOf({ ...claim, recorded: true })).toBe('own');
    expect(ownershipOf({ ...claim, sub: 'ben', recorded: true })).toBe('other_user');
  });
});

describe('A customer', () => {
  it('gives access to the user that it names, and to any user if it names none', () => {
    expect(mayGiveAccess({ sub: 'ann' }, 'ann')).toBe(true);
    expect(mayGiveAccess({ sub: null }, 'ann')).toBe(true);
    expect(mayGiveAccess({ sub: 'ben' }, 'ann')).toBe(false);
  });
});

describe('A contradiction', () => {
  it('is logged with both users, and with the event that showed it', () => {
    const warnings: LogFields[] = [];
    const unexpected = (message: string) => {
      throw new Error(message);
    };
    const log = {
      info: unexpected,
      error: unexpected,
      warn: (_: string, fields: LogFields = {}) => warnings.push(fields),
    };
    const contradiction = { customerId: 'cus_1', sub: 'ann', otherSub: 'ben', source: 'event' } as const;
    reportContradiction(log, contradiction, 'evt_1');
    reportContradiction(log, { ...contradiction, source: 'row' });
    const fields = {
      metric: 'owner_contradiction',
      customer_id: 'cus_1',
      user_id: 'ann',
      other_user_id: 'ben',
    };
    expect(warnings).toEqual([
      { ...fields, event_id: 'evt_1', other_source: 'event' },
      { ...fields, event_id: undefined, other_source: 'row' },
    ]);
  });
});
