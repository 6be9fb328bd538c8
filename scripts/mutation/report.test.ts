import { describe, expect, it } from 'vitest';
import {
  compareWithAccepted,
  countsIn,
  mergeReports,
  rangesOfSurvivors,
  scoreOf,
  survivorsIn,
  withSecondRun,
} from './report.ts';

const mutant = (status: string, line: number) => ({
  mutatorName: 'EqualityOperator',
  replacement: 'a <= b',
  status,
  location: { start: { line, column: 10 }, end: { line, column: 15 } },
});

const report = {
  files: {
    'core/a.ts': {
      source: 'const x = 1;\n  return a < b;\n',
      mutants: [mutant('Killed', 1), mutant('Timeout', 1), mutant('Survived', 2), mutant('Ignored', 1)],
    },
    'core/b.ts': { source: 'return true;', mutants: [mutant('NoCoverage', 1)] },
  },
};

const accepted = { file: 'core/a.ts', code: 'return a < b;', reason: 'Equal values are the same value.' };

describe('The mutation report', () => {
  it('counts a mutant that times out as killed, one without a test as survived, and no ignored one', () => {
    expect(countsIn(report)).toEqual({ killed: 2, survived: 2 });
    expect(scoreOf(countsIn(report))).toBe(50);
    expect(scoreOf({ killed: 0, survived: 0 })).toBe(100);
  });

  it('names each survivor by its line of code, so that a list stays valid when lines move', () => {
    const [first] = survivorsIn(report);
    expect(first).toEqual({
      file: 'core/a.ts',
      line: 2,
      code: 'return a < b;',
      mutator: 'EqualityOperator',
      replacement: 'a <= b',
    });
  });

  it('lists the survivors without a reason, and the reasons without a survivor', () => {
    const stale = { ...accepted, code: 'return a > b;' };
    const { unexplained, outdated } = compareWithAccepted(report, [accepted, stale]);
    expect(unexplained.map(({ file }) => file)).toEqual(['core/b.ts']);
    expect(outdated).toEqual([stale]);
  });

  it('judges only the files that the report contains', () => {
    const elsewhere = { ...accepted, file: 'core/c.ts' };
    expect(compareWithAccepted(report, [accepted, elsewhere]).outdated).toEqual([]);
  });

  it('names the places of the survivors once, with the columns that Stryker counts from 0', () => {
    const twice = { ...report.files['core/b.ts'], mutants: [mutant('Survived', 1), mutant('NoCoverage', 1)] };
    expect(rangesOfSurvivors({ files: { ...report.files, 'core/b.ts': twice } })).toEqual([
      'core/a.ts:2:9-2:14',
      'core/b.ts:1:9-1:14',
    ]);
  });

  it('counts a survivor as killed if the second run notices the same mutant, and nothing else', () => {
    const second = (change: Partial<ReturnType<typeof mutant>>, line: number) => ({
      files: { 'core/a.ts': { source: '', mutants: [{ ...mutant('Killed', line), ...change }] } },
    });
    const killed = (run: ReturnType<typeof second>) => countsIn(withSecondRun(report, run)).killed;
    expect(killed(second({}, 2))).toBe(3);
    expect(killed(second({ status: 'Timeout' }, 2))).toBe(3);
    expect(killed(second({ status: 'Survived' }, 2))).toBe(2);
    expect(killed(second({ replacement: 'a >= b' }, 2))).toBe(2);
    expect(killed(second({}, 1))).toBe(2);
    expect(withSecondRun(report, { files: {} })).toEqual(report);
  });

  it('merges the reports of several folders', () => {
    const { files } = report;
    const parts = Object.entries(files).map(([name, file]) => ({ files: { [name]: file } }));
    expect(mergeReports(parts)).toEqual(report);
  });
});
