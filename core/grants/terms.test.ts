import { describe, expect, it } from 'vitest';
import { DAY, T0 } from '../../tests/support/subscriptions.ts';
import { claimOfGrant, endAfterDays, endOfDay, type GrantTerms, wrongIn } from './terms.ts';

const terms: GrantTerms = {
  plan: 'price_pro',
  features: ['export'],
  until: T0 + DAY,
  by: 'anna',
  reason: 'Won the contest',
};
const wrong = (changes: Partial<GrantTerms>) => wrongIn({ ...terms, ...changes }, T0);

describe('The terms of a grant', () => {
  it.each<[string, Partial<GrantTerms>]>([
    ['complete', {}],
    ['without an end', { until: null }],
    ['without features', { features: [] }],
    ['with as many features as possible', { features: Array.from({ length: 20 }, (_, n) => `f${n}`) }],
    ['with an end ten years from now', { until: T0 + 3_653 * DAY }],
    ['with the longest texts', { reason: 'r'.repeat(200), by: 'b'.repeat(64), plan: 'p'.repeat(100) }],
  ])('are accepted: %s', (_, changes) => {
    expect(wrong(changes)).toBeUndefined();
  });

  it.each<[string, Partial<GrantTerms>, string]>([
    ['an end that has passed', { until: T0 }, 'has passed'],
    ['an end more than ten years away', { until: T0 + 3_653 * DAY + 1 }, 'ten years'],
    ['no plan', { plan: '' }, 'plan'],
    ['a plan with a space', { plan: 'price pro' }, 'plan'],
    ['a plan that is too long', { plan: 'p'.repeat(101) }, 'plan'],
    ['a feature with a comma', { features: ['a,b'] }, 'feature'],
    ['an empty feature', { features: [''] }, 'feature'],
    ['too many features', { features: Array.from({ length: 21 }, (__, n) => `f${n}`) }, 'features'],
    ['no reason', { reason: ' ' }, 'reason'],
    ['a reason of two lines', { reason: 'a\nb' }, 'reason'],
    ['a reason that is too long', { reason: 'r'.repeat(201) }, 'reason'],
    ['no name', { by: '' }, 'name'],
    ['a name of two lines', { by: 'a\u2028b' }, 'name'],
    ['a name that is too long', { by: 'b'.repeat(65) }, 'name'],
  ])('are refused with %s', (_, changes, part) => {
    expect(wrong(changes)).toContain(part);
  });
});

describe('The claim of a grant', () => {
  it.each<[string, number | null, object]>([
    ['ends as planned, so no grace follows', T0, { cancelAtPeriodEnd: true, cancelAt: T0 }],
    ['without an end has no planned one', null, { cancelAtPeriodEnd: false, cancelAt: null }],
  ])('%s', (_, until, end) => {
    expect(claimOfGrant('grant_1', { ...terms, until })).toMatchObject({
      source: 'grant',
      status: 'active',
      plan: 'price_pro',
      currentPeriodEnd: until,
      ...end,
      origin: {
        id: 'grant_1',
        store: null,
        manageUrl: null,
        features: ['export'],
        continues: false,
        grant: { by: 'anna', reason: 'Won the contest' },
      },
    });
  });
});

describe('The end of a grant', () => {
  it('includes its last day', () => {
    expect(endOfDay(1_767_225_600)).toBe(1_767_312_000);
  });

  it.each([
    ['at midnight', 1_767_225_600],
    ['a second before the next day', 1_767_311_999],
  ])('in days is the end of the UTC day so many days from now, %s', (_, now) => {
    expect(endAfterDays(1, now)).toBe(1_767_398_400);
    expect(endAfterDays(30, now)).toBe(1_767_312_000 + 30 * DAY);
  });
});
