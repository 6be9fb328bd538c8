import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { row } from '../../tests/support/rows.ts';
import { DAY, T0 } from '../../tests/support/subscriptions.ts';
import { claimsOf } from './claims.ts';
import { accessAt, CHANGES_KEPT, historyWith } from './history.ts';
import { type Claim, type EntitlementRow, type EntitlementState, emptyState } from './row.ts';
import { accessStateOf } from './state-fields.ts';

function state(overrides: Partial<EntitlementState> = {}): EntitlementState {
  return { ...emptyState, status: 'active', plan: 'price_a', stripeStatus: 'active', ...overrides };
}

/** Returns the row after syncs wrote each state in turn, a day apart. */
function written(states: readonly EntitlementState[], first: EntitlementRow = row()): EntitlementRow {
  return states.reduce<EntitlementRow>((before, next, index) => {
    const history = historyWith(before, next, { at: T0 + index * DAY, by: `evt_${index}` });
    return { ...before, ...next, history };
  }, first);
}

describe('The history of a row', () => {
  it('records each change with its time, its cause and the state before and after', () => {
    const { history } = written([state(), state({ status: 'canceled', plan: null })]);
    expect(history).toEqual([
      { at: T0, by: 'evt_0', before: { status: 'none', plan: null }, after: accessStateOf(state()) },
      {
        at: T0 + DAY,
        by: 'evt_1',
        before: { status: 'active', plan: 'price_a' },
        after: accessStateOf(state({ status: 'canceled', plan: null })),
      },
    ]);
  });

  it('begins with the state none for a row that a sync creates, even if that is the state', () => {
    const cause = { at: T0, by: 'evt_0' };
    const before = { status: 'none', plan: null };
    expect(historyWith(undefined, emptyState, cause)).toEqual([
      { ...cause, before, after: accessStateOf(emptyState) },
    ]);
  });

  it('omits syncs that found no change, and changes of features', () => {
    const { history } = written([state(), state(), state({ features: ['a'] })]);
    expect(history).toHaveLength(1);
  });

  it.each<[string, Partial<EntitlementState>]>([
    ['a renewal', { currentPeriodEnd: T0 + 60 * DAY }],
    ['a scheduled end', { cancelAt: T0 + DAY }],
    ['a refund', { reversal: 'refunded' }],
    ['a paused collection', { collectionPaused: true }],
    ['another subscription', { subscriptionId: 'sub_b' }],
  ])('records %s, although the status stays the same', (_, change) => {
    expect(written([state(), state(change)]).history).toHaveLength(2);
  });

  it('keeps a bounded number of changes, and of those the newest', () => {
    const renewals = Array.from({ length: 3 * CHANGES_KEPT }, (_, n) =>
      state({ currentPeriodEnd: T0 + n * DAY }),
    );
    const { history } = written(renewals);
    expect(history).toHaveLength(CHANGES_KEPT);
    expect(history.at(-1)?.after.currentPeriodEnd).toBe(T0 + (3 * CHANGES_KEPT - 1) * DAY);
  });

  it('returns the state at every moment that it covers, and at no other', () => {
    const ends = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 2 * CHANGES_KEPT });
    fc.assert(
      fc.property(ends, fc.integer({ min: -1, max: 2 * CHANGES_KEPT }), (steps, day) => {
        const states = steps.map((n) => state({ currentPeriodEnd: T0 + n * DAY }));
        const given = written(states);
        const known = given.history[0]?.at ?? 0;
        const asked = T0 + day * DAY;
        const expected = states[Math.min(day, states.length - 1)];
        const past = accessAt(given, asked);
        expect(past === 'unknown' ? past : past.states.map(accessStateOf)).toEqual(
          asked < known || expected === undefined ? 'unknown' : [accessStateOf(expected)],
        );
      }),
    );
  });

  it('returns the row itself after its last change, which another writer may have overwritten', () => {
    const given = {
      ...written([state()]),
      status: 'trialing',
      plan: 'monthly',
      trialExpiresAt: T0 + 9 * DAY,
    };
    const past = { states: claimsOf(given), change: given.history[0] };
    expect(past.states).toMatchObject([{ status: 'active' }, { status: 'trialing', plan: 'monthly' }]);
    expect(accessAt(given, T0 + DAY)).toEqual(past);
    expect(accessAt(given, T0)).toEqual(past);
  });

  it('returns the current state of a row without changes for any moment', () => {
    const given = row({ status: 'trialing', trialExpiresAt: T0 });
    const order = { cancelAtPeriodEnd: null, quantity: null, addOns: [] };
    const states = [{ source: 'trial', ...order, ...accessStateOf(given) }];
    expect(accessAt(given, T0 - 100 * DAY)).toEqual({ states, change: undefined });
  });
});

describe('The history of a row with several claims', () => {
  const claim = (fields: Partial<Claim> = {}): Claim => ({
    ...accessStateOf(state()),
    source: 'stripe',
    cancelAtPeriodEnd: null,
    quantity: null,
    addOns: [],
    ...fields,
  });
  const store = claim({ source: 'other_writer', stripeStatus: null, plan: 'monthly_pro' });
  const cause = { at: T0, by: 'evt_1' };

  it('holds the claims that did not decide, and changes with each of them', () => {
    const one = written([state({ claims: [claim()] })]);
    expect(one.history.at(-1)).not.toHaveProperty('others');
    const two = historyWith(one, state({ claims: [claim(), store] }), cause);
    expect(two.at(-1)).toMatchObject({ ...cause, others: [{ plan: 'monthly_pro' }] });
    const both = { ...one, claims: [claim(), store], history: two };
    expect(historyWith(both, state({ claims: [claim(), store] }), cause)).toBe(two);
    const later = claim({ ...store, currentPeriodEnd: T0 + DAY });
    expect(historyWith(both, state({ claims: [claim(), later] }), cause)).toHaveLength(3);
    expect(historyWith(both, state({ claims: [claim()] }), cause)).toHaveLength(3);
    expect(historyWith(both, state({ claims: [claim(), store, store] }), cause)).toHaveLength(3);
    const third = [...two, { ...cause, before: one, after: accessStateOf(one) }];
    const single = { ...one, claims: [claim()], history: third };
    expect(historyWith(single, state({ claims: [claim()] }), cause)).toBe(third);
    const past = accessAt(
      { ...both, history: [...two, { ...cause, at: T0 + 9 * DAY, before: one, after: one }] },
      T0,
    );
    expect(past).toMatchObject({ states: [{ plan: 'price_a' }, { plan: 'monthly_pro' }] });
  });

  it('shows what another writer put into the row, before and after a sync keeps it', () => {
    const one = written([state({ claims: [claim()] })]);
    const overwritten = { ...one, status: 'canceled' };
    const restored = historyWith(overwritten, state({ claims: [claim()] }), cause);
    expect(restored.at(-1)).toMatchObject({ before: { status: 'canceled' }, after: { status: 'active' } });
    const { source: _, ...shared } = store;
    const kept = historyWith({ ...one, ...shared }, state({ ...shared, claims: [store] }), cause);
    expect(kept.at(-1)).toMatchObject({ before: { plan: 'price_a' }, after: { plan: 'monthly_pro' } });
  });

  it('needs no entry for what another writer put into a row without one', () => {
    const { source: _, ...shared } = store;
    const first = row({ ...shared });
    expect(historyWith(first, state({ ...shared, claims: [store] }), cause)).toEqual([]);
    const second = claim({ ...store, plan: 'other' });
    expect(historyWith(first, state({ ...shared, claims: [store, second] }), cause)).toHaveLength(1);
  });
});
