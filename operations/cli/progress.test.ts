import { describe, expect, it } from 'vitest';
import type { CheckName } from '../../core/reconcile/checks/index.ts';
import { noActions } from '../../core/reconcile/report.ts';
import { createProgressView } from './progress.ts';
import { reportLines } from './report-table.ts';

const checks: readonly CheckName[] = ['profiles', 'rows'];

function viewOn(options: { readonly isTTY: boolean; readonly columns?: number }) {
  const texts: string[] = [];
  const view = createProgressView({ ...options, write: (text) => texts.push(text) });
  view.begin(checks);
  return { texts, view };
}

function pageOf(check: CheckName, checked: number) {
  return { check, counts: { checked, found: 0, failed: 0 } };
}

describe('The progress of a run', () => {
  it('is a bar on a terminal, which is never wider than the terminal and is removed in the end', () => {
    const { texts, view } = viewOn({ isTTY: true, columns: 40 });
    view.page(pageOf('profiles', 500));
    view.print('warn: something');
    view.page(pageOf('rows', 900));
    view.end();
    const shown = texts.map((text) => text.replaceAll('\u001B[2K', '').replaceAll('\r', ''));
    expect(shown[0]).toContain('██████████░░░░░░░░░░ 1/2 profiles');
    expect(shown[1]).toBe('warn: something\n');
    expect(shown[3]).toContain('████████████████████ 2/2 rows');
    expect(shown.at(-1)).toBe('');
    for (const text of shown) expect(text.length).toBeLessThan(40);
  });

  it('is plain lines elsewhere, one for each check and one for every fifty pages', () => {
    const { texts, view } = viewOn({ isTTY: false });
    for (let page = 1; page <= 120; page += 1) view.page(pageOf('profiles', page * 500));
    view.page(pageOf('rows', 500));
    view.end();
    expect(texts).toEqual([
      'profiles           25000 checked, 0 found, 0 failed\n',
      'profiles           50000 checked, 0 found, 0 failed\n',
      'profiles           60000 checked, 0 found, 0 failed\n',
      'rows               500 checked, 0 found, 0 failed\n',
    ]);
  });
});

describe('The report of a run', () => {
  it('is a table of counts, actions, reasons by frequency, and examples', () => {
    const report = {
      checked: 1204,
      found: 4,
      outcomes: { ...noActions, synced: 2, needs_review: 1, failed: 1 },
      planned: { synced: 1 },
      reasons: { customer_missing: 1, row_differs: 3 },
      examples: ['row_differs user-1 (synced)', 'customer_missing user-2 (failed)'],
    };
    expect(reportLines(report)).toEqual([
      'checked                            1204',
      'found                                 4',
      'synced                                2',
      'needs review                          1',
      'failed                                1',
      'would be: synced                      1',
      '',
      'Reasons (see docs/reconcile.md)',
      'row_differs                           3',
      'customer_missing                      1',
      '',
      'Details of 2 of 4',
      'row_differs                    user-1 (synced)',
      'customer_missing               user-2 (failed)',
    ]);
  });
});
