import { describe, expect, it } from 'vitest';
import { type Progress, readProgress } from './progress.ts';
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
    });
  });

  it('of version 0.1 is resumed even if it says no more than the check', () => {
    const read = readProgress(JSON.stringify({ part: 'lookalikes', from: null })); // lint-words: allow (a name of version 0.1)
    expect(read).toMatchObject({ check: 'email_matches', cursor: null, endings: [] });
  });
});
