import { describe, expect, it } from 'vitest';
import { row, stateOf } from '../../tests/support/rows.ts';
import { DAY, item, subscription, T0 } from '../../tests/support/subscriptions.ts';
import { nextState, project } from './project.ts';
import type { SubscriptionState } from './row.ts';

describe('A late payment', () => {
  const late = (lateSince: number | null, status = 'past_due') => subscription({ status, lateSince });
  const after = (before: SubscriptionState, now: ReturnType<typeof late>) => {
    const { alarms: _, ...projected } = project([now]);
    return nextState(row({ ...before }), { ...projected, features: null, reversals: new Map() }).pastDueSince;
  };

  it('counts from the moment that the oldest open invoice says, in either late status', () => {
    for (const status of ['past_due', 'unpaid']) {
      expect(stateOf([late(T0 + 9 * DAY, status)]).pastDueSince).toBe(T0 + 9 * DAY);
    }
    expect(stateOf([late(null)]).pastDueSince).toBe(T0);
    expect(stateOf([late(T0 + 9 * DAY, 'active')]).pastDueSince).toBeNull();
  });

  it('counts from the start if another invoice failed after a recovery that no sync saw', () => {
    const first = stateOf([late(T0 + DAY)]);
    expect(after(first, late(T0 + 9 * DAY))).toBe(T0 + 9 * DAY);
    expect(after(first, late(null))).toBe(T0);
    expect(project([late(null)]).dated).toBeUndefined();
  });
});

describe('A subscription of add-ons alone', () => {
  it('is paid until the last of them ends, whatever another product in it does', () => {
    const items = [
      item({ id: 'si_1', role: 'other_product', periodEnd: T0 + 900 * DAY }),
      item({ id: 'si_2', role: 'add_on' }),
      item({ id: 'si_3', role: 'add_on', periodEnd: T0 + 365 * DAY }),
    ];
    expect(stateOf([subscription({ items })]).currentPeriodEnd).toBe(T0 + 365 * DAY);
  });
});
