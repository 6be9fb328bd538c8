import { expect, it } from 'vitest';
import { T0 } from '../../tests/support/subscriptions.ts';
import { actionFor } from './orphaned-checkout.ts';

const HOUR = 3_600;

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
] as const)(
  'The orphaned checkout of a subscription that is %s and ended at %s leads to: %s',
  (status, endedAt, action) => {
    expect(actionFor({ status, startedAt: T0, endedAt }, T0 + 24 * HOUR)).toBe(action);
  },
);

it('An orphaned checkout of more than 30 days ago is left to a person', () => {
  const bought = { status: 'active', startedAt: T0, endedAt: null };
  expect(actionFor(bought, T0 + 30 * 24 * HOUR)).toBe('cancel_and_refund');
  expect(actionFor(bought, T0 + 30 * 24 * HOUR + 1)).toBe('leave');
});
