import { describe, expect, it } from 'vitest';
import { compareWithAccepted, countsIn, mergeReports, scoreOf, survivorsIn } from './report.ts';

const mutant = (status: string, line: number) => ({
  mutatorName: 'EqualityOperator',
  replacement: 'a <= b',
  status,
  location: { start: { line } },
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

  it('merges the reports of several folders', () => {
    const { files } = report;
    const parts = Object.entries(files).map(([name, file]) => ({ files: { [name]: file } }));
    expect(mergeReports(parts)).toEqual(report);
  });
});
