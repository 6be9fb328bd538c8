import { expect, it } from 'vitest';
import { T0 } from '../../tests/support/subscriptions.ts';
import { isUnused } from './orphaned-purchase.ts';

const HOUR = 3_600;

it.each([
  ['within an hour before the end', T0 - HOUR + 1, true],
  ['an hour before the end', T0 - HOUR, false],
  ['after the end, as a bank debit may be', T0 + 9 * HOUR, true],
  ['never, because it was free', null, false],
])('What was paid %s was not used: %j', (_, beganAt, isFree) => {
  expect(isUnused(beganAt, T0)).toBe(isFree);
});
