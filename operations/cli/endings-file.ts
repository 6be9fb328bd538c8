/** The list of what a run would end, as a file: a person reads it, and `--end-these` ends exactly what it lists. */
import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type Ending, endingLine, readEndingLine } from '../../core/gate/ending.ts';
import type { ProposedEnding } from '../../core/reconcile/progress.ts';
import { UsageError } from './command.ts';

const HEAD = `# What a run would end, because Cognito does not know the user. Each line names what, the user, and Stripe's ids.
# To end exactly this, after you have checked every line: npm run reconcile -- --end-these FILE
# The digest ties the command to this list: a changed list is refused. Write another one with --dry-run.
`;
const DIGEST = '# sha256 ';

export async function writeEndings(file: string, endings: readonly ProposedEnding[]): Promise<void> {
  const lines = [...new Set(endings.map(({ ending }) => endingLine(ending)))].sort();
  await mkdir(path.dirname(file), { recursive: true });
  const text = `${HEAD}${lines.map((line) => `${line}\n`).join('')}${DIGEST}${digestOf(lines)}\n`;
  await writeFile(file, text, { mode: 0o600 });
}

/** Throws a `UsageError` if the file is not such a list, or was changed. */
export async function readEndings(file: string): Promise<readonly Ending[]> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new UsageError(`Cannot read ${file}.`, { cause });
  });
  const all = text.split(/\r?\n/);
  const lines = all.filter((line) => line !== '' && !line.startsWith('#'));
  const digest = all.find((line) => line.startsWith(DIGEST))?.slice(DIGEST.length);
  if (digest !== digestOf(lines)) {
    throw new UsageError(
      `${file} is not a list as a run wrote it. Write it again: npm run reconcile -- --dry-run`,
    );
  }
  return lines.map((line) => {
    const ending = readEndingLine(line);
    if (ending === undefined) throw new UsageError(`${file} has a line of an unknown form: ${line}`);
    return ending;
  });
}

function digestOf(lines: readonly string[]): string {
  return createHash('sha256').update(lines.join('\n')).digest('hex');
}
