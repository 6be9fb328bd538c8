import { describe, expect, it } from 'vitest';
import type { PartName } from '../../core/reconcile/parts.ts';
import { emptyReport } from '../../core/reconcile/report.ts';
import { createProgressView } from './progress.ts';
import { reportLines } from './report-table.ts';

const parts: readonly PartName[] = ['profiles', 'rows'];

function written(options: { readonly isTTY: boolean; readonly columns?: number }) {
  const texts: string[] = [];
  const view = createProgressView({ ...options, write: (text) => texts.push(text) });
  view.begin(parts);
  return { texts, view };
}

function at(part: PartName, checked: number) {
  return { part, from: null, report: { ...emptyReport, checked } };
}

describe('progress', () => {
  it('is a bar of the parts on a terminal, never wider than it, and gone in the end', () => {
    const { texts, view } = written({ isTTY: true, columns: 40 });
    view.page(at('profiles', 500));
    view.say('warn: something');
    view.page(at('rows', 900));
    view.end();
    const shown = texts.map((text) => text.replaceAll('\u001B[2K', '').replaceAll('\r', ''));
    expect(shown[0]).toContain('██████████░░░░░░░░░░ 1/2 profiles');
    expect(shown[1]).toBe('warn: something\n');
    expect(shown[3]).toContain('████████████████████ 2/2 rows');
    expect(shown.at(-1)).toBe('');
    for (const text of shown) expect(text.length).toBeLessThan(40);
  });

  it('elsewhere is a plain line for each part, and one now and then on the way', () => {
    const { texts, view } = written({ isTTY: false });
    for (let page = 1; page <= 120; page += 1) view.page(at('profiles', page * 500));
    view.page(at('rows', 60_500));
    view.end();
    expect(texts).toEqual([
      'profiles      25000 checked, 0 differ, 0 failed\n',
      'profiles      50000 checked, 0 differ, 0 failed\n',
      'profiles      60000 checked, 0 differ, 0 failed\n',
      'rows          60500 checked, 0 differ, 0 failed\n',
    ]);
  });
});

it('the report is a table: counts, reasons by how often, and what became of whom', () => {
  const report = {
    checked: 1204,
    differed: 4,
    healed: 2,
    failed: 1,
    byReason: { customer_missing: 1, row_differs: 3 },
    examples: ['row_differs user-1 (healed)', 'customer_missing user-2 (failed)'],
  };
  expect(reportLines(report)).toEqual([
    'checked                            1204',
    'differed                              4',
    'healed                                2',
    'failed                                1',
    'only told                             1',
    '',
    'Why (docs/reconcile.md tells what each means)',
    'row_differs                           3',
    'customer_missing                      1',
    '',
    'Some of them',
    'row_differs                    user-1 (healed)',
    'customer_missing               user-2 (failed)',
  ]);
});
