import { describe, expect, it } from 'vitest';
import { hasEnded, isKnownStatus, meaningOf, neverBegan } from './status.ts';

const known = [
  ['active', 'active', 0, true],
  ['trialing', 'trialing', 1, true],
  ['past_due', 'past_due', 2, true],
  ['unpaid', 'past_due', 3, true],
  ['paused', 'canceled', 4, true],
  ['canceled', 'canceled', 6, false],
  ['incomplete', 'none', 7, false],
  ['incomplete_expired', 'none', 8, false],
] as const;

describe('The status of a subscription', () => {
  it.each(known)(
    '%s means %s, with the rank %i, and can continue: %s',
    (status, entitlement, rank, alive) => {
      expect(isKnownStatus(status)).toBe(true);
      expect(meaningOf(status)).toEqual({ entitlement, rank, alive, unknown: false });
    },
  );

  it.each(['dormant', 'constructor', '__proto__', ''])('gives nothing if it is unknown: %j', (status) => {
    expect(isKnownStatus(status)).toBe(false);
    expect(meaningOf(status)).toEqual({ entitlement: 'none', rank: 5, alive: false, unknown: true });
  });

  it('shows whether the subscription has ended, which an unknown one has not', () => {
    const ended = known.map(([status]) => status).filter(hasEnded);
    expect(ended).toEqual(['canceled', 'incomplete_expired']);
    expect(hasEnded('dormant')).toBe(false);
  });

  it('shows whether the subscription ever began', () => {
    const never = known.map(([status]) => status).filter(neverBegan);
    expect(never).toEqual(['incomplete', 'incomplete_expired']);
    expect(neverBegan(null)).toBe(true);
    expect(neverBegan('')).toBe(false);
    expect(neverBegan('dormant')).toBe(false);
  });
});
