import { expect, it } from 'vitest';
import { nowSeconds } from './clock.ts';

it.each([
  [0, 0],
  [999, 0],
  [1_000, 1],
  [1_767_225_600_999, 1_767_225_600],
])('At %i ms, %i whole seconds have passed', (ms, seconds) => {
  expect(nowSeconds({ nowMs: () => ms })).toBe(seconds);
});
