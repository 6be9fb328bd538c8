import { expect, it } from 'vitest';
import { T0 } from '../../tests/support/subscriptions.ts';
import { actionFor } from './orphaned-checkout.ts';

const HOUR = 3_600;

it.each([
  ['active', null, 'cancel_and_refund'],
  ['trialing', null, 'cancel_and_refund'],
  ['past_due', null, 'cancel_and_refund'],
  ['paused', null, 'cancel_and_refund'],
  // Not paid yet, and may be.
  ['incomplete', null, 'cancel_and_refund'],
  // Of tomorrow: it may bill.
  ['dormant', null, 'cancel_and_refund'],
  ['canceled', T0, 'refund'],
  ['canceled', T0 + HOUR - 1, 'refund'],
  // Used, before it ended.
  ['canceled', T0 + HOUR, 'leave'],
  ['incomplete_expired', T0 + 23 * HOUR, 'leave'],
  ['canceled', null, 'leave'],
] as const)('bought for nobody, %s, ended at %s: %s', (status, endedAt, plan) => {
  expect(actionFor({ status, startedAt: T0, endedAt })).toBe(plan);
});
