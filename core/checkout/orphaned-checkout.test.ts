import { describe, expect, it } from 'vitest';
import { T0 } from '../../tests/support/subscriptions.ts';
import { actionFor } from './orphaned-checkout.ts';

const HOUR = 3_600;
const DAY = 24 * HOUR;
const dayLater = { nowSeconds: T0 + DAY, requestedAt: null };

describe('The purchase of a user without records', () => {
  it.each([
    ['active', null, 'cancel_and_refund'],
    ['trialing', null, 'cancel_and_refund'],
    ['past_due', null, 'cancel_and_refund'],
    ['paused', null, 'cancel_and_refund'],
    // It is not paid yet, but can still be.
    ['incomplete', null, 'cancel_and_refund'],
    // An unknown status may be one that bills.
    ['dormant', null, 'cancel_and_refund'],
    ['canceled', T0, 'refund'],
    ['canceled', T0 + HOUR - 1, 'refund'],
    // It was used before it ended.
    ['canceled', T0 + HOUR, 'leave'],
    ['incomplete_expired', T0 + 23 * HOUR, 'leave'],
    ['canceled', null, 'leave'],
  ] as const)('that is %s and ended at %s leads to: %s', (status, endedAt, action) => {
    expect(actionFor({ status, startedAt: T0, endedAt, paidAt: null }, dayLater)).toBe(action);
  });

  it.each([
    ['after its subscription had ended', 5 * HOUR, 'refund'],
    ['less than an hour before its subscription ended', 3.5 * HOUR, 'refund'],
    ['an hour before its subscription ended', 3 * HOUR, 'leave'],
  ] as const)(
    'that was paid by a delayed method %s leads to an action on what was paid',
    (_, after, action) => {
      const purchase = { status: 'canceled', startedAt: T0, endedAt: T0 + 4 * HOUR, paidAt: T0 + after };
      expect(actionFor(purchase, dayLater)).toBe(action);
    },
  );

  it('is left to a person if it is more than 30 days old', () => {
    const bought = { status: 'active', startedAt: T0, endedAt: null, paidAt: null };
    const at = (nowSeconds: number) => actionFor(bought, { nowSeconds, requestedAt: null });
    expect(at(T0 + 30 * DAY)).toBe('cancel_and_refund');
    expect(at(T0 + 30 * DAY + 1)).toBe('leave');
  });
});

describe('The purchase of a user who is being deleted', () => {
  const requestedAt = T0 + HOUR;
  it.each([
    ['active', null, T0, 'leave'],
    ['active', null, T0 + 1, 'cancel_and_refund'],
    ['canceled', T0 + 4 * HOUR, T0 + 1, 'refund'],
    ['canceled', T0 + HOUR + 1, T0, 'leave'],
    // An earlier request to delete had ended it, or the user.
    ['canceled', T0 + HOUR - 1, T0, 'refund'],
    // The user requested the deletion first, and paid on a page that was still open.
    ['active', null, T0 + 2 * HOUR, 'cancel_and_refund'],
  ] as const)(
    'that is %s, ended at %s and began at %s leads to: %s',
    (status, endedAt, startedAt, action) => {
      const purchase = { status, startedAt, endedAt, paidAt: null };
      expect(actionFor(purchase, { nowSeconds: T0 + DAY, requestedAt })).toBe(action);
    },
  );
});
