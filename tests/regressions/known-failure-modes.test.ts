/** Compares docs/known-failure-modes.md with the tests: each mode links to the tests that carry its number, and to no other. */
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

interface Row {
  readonly number: number;
  /** The reason why no test can show this mode, if that is what the row says. */
  readonly notApplicable: boolean;
  /** The test files that the row links to. */
  readonly files: readonly string[];
}

const kinds = [
  { kind: 'failure mode', heading: '## What broke other systems', last: 66 },
  { kind: 'original defect', heading: '## What was wrong with the original', last: 33 },
] as const;
type Kind = (typeof kinds)[number]['kind'];

/** The random histories cover many modes at once, so their titles carry no number. */
const SIMULATION = 'simulation/simulation.test.ts';

const page = await readFile('docs/known-failure-modes.md', 'utf8');

function rowsUnder(heading: string): readonly Row[] {
  const [, after = ''] = page.split(`${heading}\n`);
  const [section = ''] = after.split('\n## ');
  return section
    .split('\n')
    .filter((line) => /^\| *\d/.test(line))
    .map((line) => {
      const cells = line.split(' | ').map((cell) => cell.replace(/^\| | \|$/g, '').trim());
      if (cells.length !== 4) throw new Error(`Expected four columns: ${line}`);
      const [number = '', , , tests = ''] = cells;
      return { number: Number(number), notApplicable: tests.startsWith('—'), files: filesIn(tests) };
    });
}

function filesIn(cell: string): readonly string[] {
  if (cell.startsWith('—')) return [];
  return cell.split('<br>').map((entry) => {
    const [, name, file = ''] = /^\[([^\]]+)\]\(\.\.\/([^)]+)\)$/.exec(entry.trim()) ?? [];
    if (file === '' || name !== file) throw new Error(`Expected [file](../file): ${entry}`);
    return file;
  });
}

const skippedFolders = new Set(['node_modules', 'dist', '.local', '.git']);

async function testFiles(folder = '.'): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const found = entries.map(async (entry) => {
    const name = path.posix.join(folder, entry.name);
    if (entry.isDirectory()) return skippedFolders.has(entry.name) ? [] : testFiles(name);
    return name.endsWith('.test.ts') ? [name] : [];
  });
  return (await Promise.all(found)).flat();
}

const sources = new Map(
  await Promise.all((await testFiles()).map(async (file) => [file, await readFile(file, 'utf8')] as const)),
);

/** A title starts with the kind and one number or several, separated by commas, then a colon. */
const titlePattern = /['"`](failure mode|original defect)s? (\d+(?:, \d+)*): /g;

/** Returns the files that have a test of this kind, by number. */
function filesByNumber(kind: Kind): ReadonlyMap<number, ReadonlySet<string>> {
  const files = new Map<number, Set<string>>();
  for (const [file, source] of sources) {
    for (const [, word, numbers = ''] of source.matchAll(titlePattern)) {
      if (word !== kind) continue;
      for (const number of numbers.split(', ').map(Number))
        files.set(number, (files.get(number) ?? new Set()).add(file));
    }
  }
  return files;
}

describe.each(kinds)('The table for $kind', ({ kind, heading, last }) => {
  const rows = rowsUnder(heading);
  const tested = filesByNumber(kind);

  it('has one row for each number, in order', () => {
    expect(rows.map(({ number }) => number)).toEqual(Array.from({ length: last }, (_, index) => index + 1));
  });

  it('links to at least one test in each row, or says why there is none', () => {
    expect(rows.filter(({ notApplicable, files }) => !notApplicable && files.length === 0)).toEqual([]);
  });

  it('links only to files with a test whose title carries the number', () => {
    const linked = rows.flatMap(({ number, files }) => files.map((file) => ({ number, file })));
    const unfounded = linked.filter(
      ({ number, file }) => file !== SIMULATION && tested.get(number)?.has(file) !== true,
    );
    expect(unfounded).toEqual([]);
    expect(sources.has(SIMULATION)).toBe(true);
  });

  it('links to every file with a test whose title carries the number', () => {
    const missing = [...tested].flatMap(([number, files]) =>
      [...files]
        .filter((file) => rows[number - 1]?.files.includes(file) !== true)
        .map((file) => [number, file]),
    );
    expect(missing).toEqual([]);
    // If nothing matched, the pattern would be wrong and the check above would prove nothing.
    expect(tested.size).toBeGreaterThan(last / 2);
  });
});
