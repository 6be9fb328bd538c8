/** What the commands that go over everything share: how far they came, a progress bar and a table. */
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { partNames } from '../core/reconcile/parts.ts';
import { readProgress } from '../core/reconcile/progress.ts';
import type { Checkpoint, Progress } from '../core/reconcile/reconcile.ts';
import type { Report } from '../core/reconcile/report.ts';

/** One run of each kind at a time in a directory. */
export function fileCheckpoint(directory: string, name: string): Checkpoint {
  const file = path.join(directory, `${name}.json`);
  return {
    load: async () => readProgress(await readFile(file, 'utf8').catch(() => null)),
    save: async (progress) => {
      if (progress === undefined) return rm(file, { force: true });
      await mkdir(path.dirname(file), { recursive: true });
      await writeFile(`${file}.new`, JSON.stringify(progress));
      return rename(`${file}.new`, file);
    },
  };
}

export const nothingKept: Checkpoint = { load: async () => undefined, save: async () => undefined };

const BAR_WIDTH = 24;

/** Parts are known beforehand, pages are not: the bar tells the part, the numbers the rest. */
export function showProgress({ part, report }: Progress): void {
  if (!process.stderr.isTTY) return;
  const done = Math.round(((partNames.indexOf(part) + 1) / partNames.length) * BAR_WIDTH);
  const bar = '█'.repeat(done).padEnd(BAR_WIDTH, '░');
  const counts = `${report.checked} checked, ${report.differed} differ, ${report.failed} failed`;
  process.stderr.write(`\r${bar} ${part.padEnd(13)} ${counts}  `);
}

export function showReport({ checked, differed, healed, failed, byReason, examples }: Report): void {
  if (process.stderr.isTTY) process.stderr.write('\n');
  const rows = [
    ['checked', checked],
    ['differed', differed],
    ['healed', healed],
    ['failed', failed],
    ...Object.entries(byReason).map(([reason, count]) => [`  ${reason}`, count] as const),
  ] as const;
  for (const [name, count] of rows) console.log(`${name.padEnd(28)}${String(count).padStart(9)}`);
  for (const example of examples) console.log(`  ${example}`);
}
