import { describe, expect, it } from 'vitest';
import { compareFirst, type Progress, readProgress } from './progress.ts';
import { noActions } from './report.ts';

const current: Progress = {
  check: 'customers',
  cursor: 'cus_9',
  report: {
    checked: 4,
    found: 2,
    outcomes: { ...noActions, synced: 1, failed: 1 },
    planned: {},
    reasons: { row_differs: 2 },
    examples: ['row_differs user-1 (synced)'],
  },
  counts: { checked: 3, found: 1, failed: 0 },
  endings: [
    {
      reason: 'customer_without_profile',
      subjectId: 'cus_1',
      ending: { kind: 'customer', sub: 'user-1', customerId: 'cus_1' },
    },
    { reason: 'user_missing', subjectId: 'user-2', ending: { kind: 'account', sub: 'user-2' } },
  ],
  endingsFound: 2,
  ending: false,
  compare: { table: 'rows', cursor: 'user-1' },
};

describe('Saved progress', () => {
  it('is read as it was saved', () => {
    expect(readProgress(JSON.stringify(current))).toEqual(current);
  });

  it.each([
    null,
    '',
    'not json',
    '[]',
    '{}',
    '{"check":"weather","cursor":null}',
    '{"check":"rows","cursor":7}',
  ])('of an unknown form starts the run over: %s', (text) => {
    expect(readProgress(text)).toBeUndefined();
  });

  it('of version 0.1 is resumed under the new names, without an action for what was repaired', () => {
    const former = {
      part: 'undelivered',
      from: 'evt_9',
      report: {
        checked: 10,
        differed: 4,
        healed: 2, // lint-words: allow (a name of version 0.1)
        failed: 1,
        byReason: { event_unseen: 1, money_went_back: 2, row_differs: 1 }, // lint-words: allow (a name of version 0.1)
        examples: ['money_went_back cus_1 (healed)', 'row_differs user-1 (failed)'], // lint-words: allow (a name of version 0.1)
      },
      ended: 3,
    };
    expect(readProgress(JSON.stringify(former))).toEqual({
      check: 'undelivered_events',
      cursor: 'evt_9',
      report: {
        checked: 10,
        found: 4,
        outcomes: { ...noActions, failed: 1 },
        planned: {},
        reasons: { event_not_applied: 1, reversal_missing: 2, row_differs: 1 },
        examples: ['reversal_missing cus_1', 'row_differs user-1 (failed)'],
      },
      counts: { checked: 0, found: 0, failed: 0 },
      endings: [],
      endingsFound: 0,
      ending: false,
      compare: { table: 'profiles', cursor: null },
    });
  });

  it('of version 0.1 is resumed even if it says no more than the check', () => {
    const read = readProgress(JSON.stringify({ part: 'lookalikes', from: null })); // lint-words: allow (a name of version 0.1)
    expect(read).toMatchObject({ check: 'email_matches', cursor: null, endings: [] });
  });

  it('of version 0.1 is resumed under the new name of each reason', () => {
    const renamed = {
      money_went_back: 'reversal_missing', // lint-words: allow (a name of version 0.1)
      paid_time_over: 'period_expired',
      customer_lookalike: 'customer_email_match', // lint-words: allow (a name of version 0.1)
      customer_lookalike_uncertain: 'customer_email_match_uncertain', // lint-words: allow (a name of version 0.1)
      customer_without_user: 'customer_without_profile',
      customer_gone: 'customer_deleted_in_stripe',
      trial_unremembered: 'trial_not_recorded',
      event_unseen: 'event_not_applied',
      subscription_unseen: 'subscription_not_synced',
      customer_unseen: 'customer_not_synced',
      row_unsynced: 'foreign_row',
    };
    const byReason = Object.fromEntries(Object.keys(renamed).map((name) => [name, 1]));
    const examples = Object.keys(renamed).map((name) => `${name} user-1 (failed)`);
    const read = readProgress(JSON.stringify({ part: 'rows', from: null, report: { byReason, examples } }));
    expect(read?.report).toEqual({
      checked: 0,
      found: 0,
      outcomes: noActions,
      planned: {},
      reasons: Object.fromEntries(Object.values(renamed).map((name) => [name, 1])),
      examples: Object.values(renamed).map((name) => `${name} user-1 (failed)`),
    });
  });

  it('of version 0.1 adds a reason of a former name to the same reason of the current one', () => {
    const byReason = { event_unseen: 1, event_not_applied: 2, row_differs: 'many' };
    const read = readProgress(JSON.stringify({ part: 'rows', from: null, report: { byReason } }));
    expect(read?.report.reasons).toEqual({ event_not_applied: 3 });
  });

  it('is read by its current names if it also has former ones', () => {
    const both = { ...current, part: 'rows', from: 'before' };
    expect(readProgress(JSON.stringify(both))).toEqual(current);
  });

  it('that names no more than the check counts nothing', () => {
    expect(readProgress(JSON.stringify({ check: 'rows', cursor: null }))).toEqual({
      check: 'rows',
      cursor: null,
      report: { checked: 0, found: 0, outcomes: noActions, planned: {}, reasons: {}, examples: [] },
      counts: { checked: 0, found: 0, failed: 0 },
      endings: [],
      endingsFound: 0,
      ending: false,
      compare: { table: 'profiles', cursor: null },
    });
    const empty = { check: 'rows', cursor: null, report: { outcomes: {} } };
    expect(readProgress(JSON.stringify(empty))?.report).toEqual({
      checked: 0,
      found: 0,
      outcomes: noActions,
      planned: {},
      reasons: {},
      examples: [],
    });
  });

  it.each([
    [null, null],
    [
      { table: 'rows', cursor: null },
      { table: 'rows', cursor: null },
    ],
    [
      { table: 'profiles', cursor: 'user-1' },
      { table: 'profiles', cursor: 'user-1' },
    ],
    [{ table: 'rows', cursor: 7 }, compareFirst],
    [{ table: 'trials', cursor: null }, compareFirst],
    [{ cursor: null }, compareFirst],
    ['rows', compareFirst],
    [undefined, compareFirst],
  ])('says where its comparison goes on: %j', (compare, expected) => {
    expect(readProgress(JSON.stringify({ ...current, compare }))?.compare).toEqual(expected);
  });

  it('keeps what is readable, and leaves the rest out', () => {
    const [first, second] = current.endings;
    const damaged = {
      ...current,
      report: {
        ...current.report,
        outcomes: { synced: 1.5, failed: 3 },
        planned: { synced: 2, withheld: 'all' },
        examples: ['row_differs user-1 (synced)', 7, null],
      },
      counts: { checked: '3', found: 1, failed: 2 },
      endings: [
        first,
        'row user-3',
        null,
        { ...second, reason: null },
        { ...second, subjectId: 4 },
        { ...second, ending: { kind: 'everything', sub: 'user-2' } },
        second,
      ],
    };
    const read = readProgress(JSON.stringify(damaged));
    expect(read?.report).toEqual({
      ...current.report,
      outcomes: { ...noActions, failed: 3 },
      planned: { synced: 2 },
      examples: ['row_differs user-1 (synced)'],
    });
    expect(read?.counts).toEqual({ checked: 0, found: 1, failed: 2 });
    expect(read?.endings).toEqual([first, second]);
    expect(readProgress(JSON.stringify({ ...current, endings: { 0: first } }))?.endings).toEqual([]);
    const texts = { ...current.report, examples: 'row_differs user-1 (synced)' };
    expect(readProgress(JSON.stringify({ ...current, report: texts }))?.report.examples).toEqual([]);
  });

  it('says whether only the endings are left', () => {
    expect(readProgress(JSON.stringify({ ...current, ending: true }))?.ending).toBe(true);
    expect(readProgress(JSON.stringify({ ...current, ending: 'yes' }))?.ending).toBe(false);
  });
});
