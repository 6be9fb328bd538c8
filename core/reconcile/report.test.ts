import { describe, expect, it } from 'vitest';
import { reconcileOutcomes } from '../../contract/metrics.ts';
import { actionCounts, emptyReport, type Finding, noActions, reportSince, withFindings } from './report.ts';

const synced: Finding = { reason: 'row_differs', subjectId: 'ann', sub: 'ann', outcome: 'synced' };
const refunded: Finding = {
  reason: 'customer_without_profile',
  subjectId: 'cus_1',
  sub: 'ghost',
  outcome: 'refunded',
  also: ['subscription_canceled', 'customer_deleted'],
};
const planned: Finding = { ...synced, subjectId: 'ben', outcome: 'found', planned: 'synced' };

describe('The report of a run', () => {
  it('counts every outcome of an action by its name', () => {
    expect(actionCounts((action) => reconcileOutcomes.indexOf(action))).toEqual(
      Object.fromEntries(reconcileOutcomes.map((action, index) => [action, index])),
    );
    expect(Object.values(noActions)).toEqual(reconcileOutcomes.map(() => 0));
  });

  it('is empty before the first finding', () => {
    expect(emptyReport).toEqual({
      checked: 0,
      found: 0,
      outcomes: noActions,
      planned: {},
      reasons: {},
      examples: [],
    });
    expect(withFindings(emptyReport, [])).toEqual(emptyReport);
  });

  it('adds the findings of a page to those of earlier pages', () => {
    const first = withFindings(emptyReport, [synced], { checked: 5 });
    expect(withFindings(first, [synced, refunded], { checked: 2 })).toEqual({
      checked: 7,
      found: 3,
      outcomes: { ...noActions, synced: 2, refunded: 1, subscription_canceled: 1, customer_deleted: 1 },
      planned: {},
      reasons: { row_differs: 2, customer_without_profile: 1 },
      examples: [
        'row_differs ann (synced)',
        'row_differs ann (synced)',
        'customer_without_profile cus_1 (refunded, subscription_canceled, customer_deleted)',
      ],
    });
  });

  it('counts separately what a dry run would do, and does not count it as done', () => {
    const first = withFindings(emptyReport, [planned, { ...planned, planned: 'withheld' }]);
    expect(withFindings(first, [planned, synced])).toEqual({
      checked: 0,
      found: 4,
      outcomes: { ...noActions, synced: 1 },
      planned: { synced: 2, withheld: 1 },
      reasons: { row_differs: 4 },
      examples: [
        'row_differs ben (would be synced)',
        'row_differs ben (would be withheld)',
        'row_differs ben (would be synced)',
        'row_differs ann (synced)',
      ],
    });
  });

  it('counts fewer users than findings if some were counted before', () => {
    expect(withFindings({ ...emptyReport, found: 3 }, [synced, synced], { found: 1 }).found).toBe(4);
  });

  it('keeps the first 20 findings as examples', () => {
    const many = Array.from({ length: 15 }, (_, index) => ({ ...synced, subjectId: `user-${index + 1}` }));
    const twice = withFindings(withFindings(emptyReport, many), many);
    expect(twice.found).toBe(30);
    expect(twice.examples).toHaveLength(20);
    expect(twice.examples.slice(14, 16)).toEqual([
      'row_differs user-15 (synced)',
      'row_differs user-1 (synced)',
    ]);
  });
});

describe('What one call adds to the report of its run', () => {
  it('is the difference of the counts, without the reasons that it did not add', () => {
    const before = withFindings(emptyReport, [synced, refunded], { checked: 10 });
    const after = withFindings(before, [synced, { ...planned, reason: 'row_missing' }], { checked: 3 });
    expect(reportSince(before, after)).toEqual({
      checked: 3,
      found: 2,
      outcomes: { ...noActions, synced: 1 },
      planned: { synced: 1 },
      reasons: { row_differs: 1, row_missing: 1 },
      examples: ['row_differs ann (synced)', 'row_missing ben (would be synced)'],
    });
    expect(reportSince(after, after)).toEqual({ ...emptyReport, planned: { synced: 1 } });
  });
});
