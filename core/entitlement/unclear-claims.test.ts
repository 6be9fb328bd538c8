/** What other code wrote in a form that no one can read. */
import { describe, expect, it } from 'vitest';
import { row } from '../../tests/support/rows.ts';
import { DAY, T0 } from '../../tests/support/subscriptions.ts';
import { answerOf } from './answer.ts';
import { claimsOf, endsWithPeriod, isUnclear } from './claims.ts';
import { defaultRules } from './policy.ts';
import { nextState } from './project.ts';
import { type Claim, type ClaimSource, type EntitlementRow, emptySubscriptionState } from './row.ts';

const written: Claim = {
  ...emptySubscriptionState,
  source: 'other_writer',
  status: 'active',
  plan: 'vip',
  reversal: null,
};
const nothingInStripe = {
  states: [],
  sold: { by: 'stripe', ids: new Set<string>(), until: 0 },
  planKeys: {},
  features: 'not_read',
  reversals: new Map(),
} as const;

/** The row after a sync that finds nothing in Stripe. The blank itself is gone by then. */
function synced(before: EntitlementRow): EntitlementRow {
  const { blankEnd: _, ...stored } = before;
  return { ...stored, ...nextState(before, nothingInStripe), unreadable: before.unreadable };
}

describe('A claim of other code', () => {
  it.each<[string, Partial<Omit<Claim, 'status'>> & { readonly status?: string }, boolean]>([
    ['active without an end', {}, false],
    ['active with an end that is no time', { unreadable: true }, true],
    ['active with a blank end', { blankEnd: true }, true],
    ['on a trial with a blank end', { status: 'trialing', blankEnd: true }, true],
    ['past due with an end that is no time', { status: 'past_due', unreadable: true }, true],
    ['canceled with an end that is no time', { status: 'canceled', unreadable: true }, false],
    ['paused with a blank end', { status: 'paused', blankEnd: true }, false],
    ['ACTIVE', { status: 'ACTIVE' }, true],
    ['active between spaces', { status: ' active ' }, true],
    ['a lifetime', { status: 'lifetime' }, true],
    ['constructor', { status: 'constructor' }, true],
    ...[
      'none',
      'inactive',
      'Inactive ',
      'trial_expired',
      'expired',
      'ended',
      'revoked',
      'refunded',
      'free',
    ].map((status): [string, { readonly status: string }, boolean] => [status, { status }, false]),
  ])('that is %s is unclear: %s', (_, fields, expected) => {
    expect(isUnclear({ ...written, ...fields })).toBe(expected);
  });

  it('is unclear also as a trial, and what a source says never is', () => {
    const unclear = (source: ClaimSource) => isUnclear({ ...written, source, unreadable: true });
    expect(unclear('trial')).toBe(true);
    for (const source of ['stripe', 'revenuecat', 'grant'] as const) expect(unclear(source)).toBe(false);
  });
});

describe('A blank end', () => {
  const policy = { renewalGraceSeconds: 0, rules: defaultRules, plans: {} };
  const blank = row({ status: 'active', plan: 'vip', blankEnd: true });

  it('gives access, and is known after every sync until the row is written again', () => {
    const once = synced(blank);
    const twice = synced(once);
    for (const one of [blank, once, twice]) {
      expect(claimsOf(one)).toMatchObject([{ source: 'other_writer', blankEnd: true }]);
      expect(answerOf(one, T0 + 900 * DAY, policy).access_granted).toBe(true);
      expect(one.status === 'active' && claimsOf(one).some(isUnclear)).toBe(true);
    }
    const corrected = { ...twice, currentPeriodEnd: T0 + DAY };
    expect(claimsOf(corrected).some(isUnclear)).toBe(false);
    expect(answerOf(corrected, T0 + 2 * DAY, policy).access_granted).toBe(false);
  });

  it('that replaces an end is known too', () => {
    const before = synced(row({ status: 'active', plan: 'vip', currentPeriodEnd: T0 + DAY }));
    const after = { ...before, currentPeriodEnd: null, blankEnd: true as const };
    expect(claimsOf(after)).toMatchObject([{ currentPeriodEnd: null, blankEnd: true }]);
  });
});

describe('A subscription', () => {
  it.each([
    ['without a scheduled end', null, T0 + DAY, false],
    ['that ends with its period', T0 + DAY, T0 + DAY, true],
    ['that ends before', T0, T0 + DAY, true],
    ['that ends after further bills', T0 + DAY + 1, T0 + DAY, false],
    ['that ends, and has no period', T0, null, true],
  ])('%s ends before it bills again: %s', (_, cancelAt, currentPeriodEnd, expected) => {
    expect(endsWithPeriod({ ...written, cancelAt, currentPeriodEnd })).toBe(expected);
  });
});
