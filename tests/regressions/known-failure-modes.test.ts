/** Holds docs/known-failure-modes.md against the tests: nothing is claimed that is not tested, and no test goes unnamed. */
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

interface Row {
  readonly number: number;
  readonly leftOut: boolean;
  /** `file: title` of each test that it names. */
  readonly tests: readonly string[];
}

const kinds = [
  { kind: 'pain', heading: '## What broke other systems', last: 63 },
  { kind: 'original', heading: '## What was wrong with the original', last: 33 },
] as const;
type Kind = (typeof kinds)[number]['kind'];

const document = await readFile('docs/known-failure-modes.md', 'utf8');

function rowsUnder(heading: string): readonly Row[] {
  const [, after = ''] = document.split(`${heading}\n`);
  const [section = ''] = after.split('\n## ');
  return section
    .split('\n')
    .filter((line) => /^\| *\d/.test(line))
    .map((line) => {
      const cells = line.split(' | ').map((cell) => cell.replace(/^\| | \|$/g, '').trim());
      if (cells.length !== 4) throw new Error(`Not four columns: ${line}`);
      const [number = '', , , tests = ''] = cells;
      return { number: Number(number), leftOut: tests.startsWith('—'), tests: testsIn(tests) };
    });
}

function testsIn(cell: string): readonly string[] {
  if (cell.startsWith('—')) return [];
  return cell.split('<br>').map((entry) => {
    const [, file = '', title = ''] = /^\[[^\]]+\]\(\.\.\/([^)]+)\): (.+)$/.exec(entry.trim()) ?? [];
    if (title === '') throw new Error(`Not [name](file): title: ${entry}`);
    return `${file}: ${title}`;
  });
}

const skipped = new Set(['node_modules', 'dist', '.local', '.git']);

async function testFiles(folder = '.'): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const found = entries.map(async (entry) => {
    const name = path.posix.join(folder, entry.name);
    if (entry.isDirectory()) return skipped.has(entry.name) ? [] : testFiles(name);
    return name.endsWith('.test.ts') ? [name] : [];
  });
  return (await Promise.all(found)).flat();
}

const sources = new Map(
  await Promise.all((await testFiles()).map(async (file) => [file, await readFile(file, 'utf8')] as const)),
);

/** A title names one number or several, each with a leading zero or without. */
const titlePattern = /(['"`])((?:(?:pain|original) \d{1,2}(?:, )?)+: (?:(?!\1).)*)\1/g;

function titlesOf(kind: Kind): readonly { readonly number: number; readonly test: string }[] {
  return [...sources].flatMap(([file, source]) =>
    [...source.matchAll(titlePattern)].flatMap(([, , title = '']) => {
      const [names = ''] = title.split(': ');
      const numbers = [...names.matchAll(/(pain|original) (\d+)/g)].filter(([, word]) => word === kind);
      return numbers.map(([, , number]) => ({ number: Number(number), test: `${file}: ${title}` }));
    }),
  );
}

describe.each(kinds)('the table of every $kind', ({ kind, heading, last }) => {
  const rows = rowsUnder(heading);

  it('has one row for each number, in their order', () => {
    expect(rows.map(({ number }) => number)).toEqual(Array.from({ length: last }, (_, index) => index + 1));
  });

  it('names at least one test in each row, or says why there is none', () => {
    expect(rows.filter(({ leftOut, tests }) => !leftOut && tests.length === 0)).toEqual([]);
  });

  it('names only tests that exist', () => {
    const missing = rows
      .flatMap(({ tests }) => tests)
      .filter((test) => {
        const [file = '', ...title] = test.split(': ');
        return sources.get(file)?.includes(title.join(': ')) !== true;
      });
    expect(missing).toEqual([]);
  });

  it('names every test whose title carries a number, in the row of that number', () => {
    const unnamed = titlesOf(kind).filter(
      ({ number, test }) => rows[number - 1]?.tests.includes(test) !== true,
    );
    expect(titlesOf(kind).length).toBeGreaterThan(last);
    expect(unnamed).toEqual([]);
  });
});
