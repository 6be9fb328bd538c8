/** Where a command keeps the state of a run: its progress, and what a dry run has found so far. */
import { appendFile, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type Checkpoint, type Progress, readProgress } from '../../core/reconcile/progress.ts';
import type { SeenFindings } from '../../core/reconcile/reconcile.ts';
import type { Finding } from '../../core/reconcile/report.ts';
import { isRecord } from '../../core/system/record.ts';

export interface RunState {
  readonly checkpoint: Checkpoint;
  /** Only for a dry run: it repairs nothing, so later checks find the same users again. */
  readonly seen?: SeenFindings;
  /** Whether a later command can resume the run. */
  readonly isSaved: boolean;
}

/** For a run so short that it never has to be resumed. */
export function unsavedRun({ dryRun }: { readonly dryRun: boolean }): RunState {
  const checkpoint = { load: async () => undefined, save: async () => undefined };
  return { checkpoint, isSaved: false, ...(dryRun ? { seen: createSeenFindings() } : {}) };
}

/** Saves the run in `DIRECTORY/NAME.json`. Only one run of each name can be in progress in a directory. */
export function savedRun(file: { readonly directory: string; readonly name: string }): RunState {
  const { directory, name } = file;
  const progressFile = path.join(directory, `${name}.json`);
  return {
    checkpoint: {
      load: async () => readProgress(await textOf(progressFile)),
      save: (progress) => writeProgress(progressFile, progress),
    },
    isSaved: true,
  };
}

/**
 * Saves a dry run, and next to it `NAME.found`, one line for each finding. The progress records how many of the lines
 * belong to it, so lines of a page whose progress was never saved are dropped and that page is counted again.
 */
export function savedDryRun(file: { readonly directory: string; readonly name: string }): RunState {
  const progressFile = path.join(file.directory, `${file.name}.json`);
  const foundFile = path.join(file.directory, `${file.name}.found`);
  const seen = createSeenFindings();
  let savedLines = 0;
  return {
    checkpoint: {
      load: async () => {
        const text = await textOf(progressFile);
        const lines = (await textOf(foundFile)).split('\n').slice(0, savedLinesIn(text));
        seen.restore(lines);
        savedLines = lines.length;
        await replaceFile(foundFile, lines);
        return readProgress(text);
      },
      save: async (progress) => {
        if (progress === undefined) {
          await rm(foundFile, { force: true });
          return writeProgress(progressFile, undefined);
        }
        const added = seen.takeAdded();
        savedLines += added.length;
        await mkdir(file.directory, { recursive: true });
        await appendFile(foundFile, added.map((line) => `${line}\n`).join(''), { mode: 0o600 });
        return writeProgress(progressFile, { ...progress, foundLines: savedLines });
      },
    },
    seen,
    isSaved: true,
  };
}

function savedLinesIn(text: string): number {
  // Unreadable progress starts the run over, so none of the lines counts.
  const readable = readProgress(text) !== undefined;
  const value: unknown = readable ? JSON.parse(text) : undefined;
  return isRecord(value) && typeof value['foundLines'] === 'number' ? value['foundLines'] : 0;
}

async function textOf(file: string): Promise<string> {
  return readFile(file, 'utf8').catch(() => '');
}

async function replaceFile(file: string, lines: readonly string[]): Promise<void> {
  if (lines.length === 0) return rm(file, { force: true });
  return writeFile(file, lines.map((line) => `${line}\n`).join(''), { mode: 0o600 });
}

async function writeProgress(
  file: string,
  progress: (Progress & { readonly foundLines?: number }) | undefined,
): Promise<void> {
  if (progress === undefined) return rm(file, { force: true });
  await mkdir(path.dirname(file), { recursive: true });
  // A crash while writing must not leave half a file.
  await writeFile(`${file}.new`, JSON.stringify(progress));
  return rename(`${file}.new`, file);
}

interface SavedSeenFindings extends SeenFindings {
  restore(lines: readonly string[]): void;
  /** Returns the lines of the findings added since the last call. */
  takeAdded(): readonly string[];
}

/** Keeps the ids in memory, about a hundred bytes for each finding. */
function createSeenFindings(): SavedSeenFindings {
  const subjects = new Set<string>();
  const lines = new Set<string>();
  let added: string[] = [];
  const remember = (line: string, subject: string): boolean => {
    subjects.add(subject);
    const isNew = !lines.has(line);
    lines.add(line);
    return isNew;
  };
  return {
    add: (findings) => {
      const before = subjects.size;
      const newFindings = findings.filter((finding) => {
        const line = lineOf(finding);
        const isNew = remember(line, finding.sub ?? finding.subjectId);
        if (isNew) added.push(line);
        return isNew;
      });
      return { newSubjects: subjects.size - before, newFindings };
    },
    restore: (saved) => {
      for (const line of saved) {
        const [, subjectId = '', sub = ''] = line.split('\t');
        remember(line, sub === '' ? subjectId : sub);
      }
    },
    takeAdded: () => {
      const taken = added;
      added = [];
      return taken;
    },
  };
}

function lineOf({ reason, subjectId, sub }: Finding): string {
  return [reason, subjectId, sub ?? ''].join('\t');
}
