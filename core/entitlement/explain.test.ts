import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { accessOf, row } from '../../tests/support/rows.ts';
import { DAY, T0 } from '../../tests/support/subscriptions.ts';
import { explain } from './explain.ts';
import { accessAt, historyWith } from './history.ts';
import { defaultRules } from './policy.ts';
import { type EntitlementRow, type EntitlementState, emptyState } from './row.ts';
import { accessStateOf } from './state-fields.ts';

const NOW = T0 + 1_000 * DAY;
const at = (moment: number | null) => ({ moment, nowSeconds: NOW, writtenAt: T0 });
const policy = { renewalGraceSeconds: 3 * DAY, rules: defaultRules, plans: {} };

function written(states: readonly EntitlementState[]): EntitlementRow {
  return states.reduce<EntitlementRow>((before, next, index) => {
    const history = historyWith(before, next, { at: T0 + index * DAY, by: `evt_${index}` });
    return { ...before, ...next, history };
  }, row());
}

const active = { ...emptyState, status: 'active', plan: 'price_a', currentPeriodEnd: T0 + 30 * DAY } as const;
const canceled = { ...emptyState, status: 'canceled' } as const;

describe('The explanation of access', () => {
  it('shows a past moment as it was, with the event that led to it', () => {
    const given = written([active, canceled]);
    expect(explain(given, at(T0 + 1), policy)).toMatchObject({
      access: { granted: true, reason: 'active_subscription' },
      change: { by: 'evt_0' },
    });
    expect(explain(given, at(T0 + DAY), policy)).toMatchObject({
      access: { granted: false, reason: 'canceled' },
      change: { by: 'evt_1', before: { status: 'active', plan: 'price_a' } },
    });
  });

  it('says so when a moment is older than the row’s history', () => {
    expect(explain(written([active]), at(T0 - 1), policy)).toEqual({
      kind: 'before_history',
      since: T0,
      before: { status: 'none', plan: null },
    });
    expect(explain(undefined, at(T0), policy)).toEqual({ kind: 'no_row' });
    expect(explain(row(), at(T0), policy)).toMatchObject({ kind: 'explained', change: undefined });
    expect(explain(row(), at(T0 - 1), policy)).toMatchObject({ kind: 'before_history', since: T0 });
  });

  it('shows the state that decided, and the row itself for a row without changes', () => {
    const given = written([active, canceled]);
    expect(explain(given, at(T0 + 1), policy)).toEqual({
      kind: 'explained',
      access: { granted: true, reason: 'active_subscription' },
      state: accessStateOf(active),
      others: [],
      change: given.history[0],
    });
    const granted = row({ status: 'trialing', trialExpiresAt: NOW + DAY });
    const explained = {
      kind: 'explained',
      access: { granted: true, reason: 'trial' },
      state: accessStateOf(granted),
      others: [],
      change: undefined,
    };
    expect(explain(granted, at(null), policy)).toEqual(explained);
    expect(explain(granted, { ...at(T0 - 1), writtenAt: null }, policy)).toEqual(explained);
  });

  it('uses the row itself for the present, whichever writer wrote it and even if its changes have no time', () => {
    const given = written([active]);
    const trial = { ...given, status: 'trialing', plan: null, trialExpiresAt: NOW + DAY };
    const now = at(null);
    expect(explain(trial, now, policy)).toMatchObject({ access: { granted: true, reason: 'trial' } });
    const history = given.history.map((change) => ({ ...change, at: null }));
    const timeless = { ...given, history };
    expect(explain(timeless, now, policy)).toMatchObject({ kind: 'explained', change: { by: 'evt_0' } });
    expect(explain(timeless, at(T0), policy)).toMatchObject({ kind: 'before_history', since: null });
  });

  it('always agrees with the access that the row gave at that moment', () => {
    const states = fc.array(fc.constantFrom(active, canceled, { ...active, status: 'past_due' as const }), {
      minLength: 1,
      maxLength: 30,
    });
    fc.assert(
      fc.property(states, fc.integer({ min: 0, max: 60 }), (all, day) => {
        const given = written(all);
        const moment = T0 + day * DAY;
        const past = accessAt(given, moment);
        const explanation = explain(given, at(moment), policy);
        expect(explanation.kind === 'explained' ? explanation.access : explanation.kind).toEqual(
          past === 'unknown' ? 'before_history' : accessOf(past.states[0], moment, policy),
        );
      }),
    );
  });
});
