/** What the commands that go over everything share: how far they came, what they show, and how they are stopped. */
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createLog } from '../../adapters/system/log.ts';
import { type PartName, partNames } from '../../core/reconcile/parts.ts';
import { readProgress } from '../../core/reconcile/progress.ts';
import {
  type Checkpoint,
  createReconcile,
  type ReconcileServices,
  type RunOptions,
  type RunResult,
} from '../../core/reconcile/reconcile.ts';
import type { Log } from '../../core/system/log.ts';
import { UsageError } from './command.ts';
import { createProgressView, type ProgressView } from './progress.ts';

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

export interface Console {
  readonly view: ProgressView;
  readonly log: Log;
}

/** Results go to the output, everything else to the error stream. */
export function openConsole(): Console {
  const view = createProgressView(process.stderr);
  return { view, log: createLog({}, { write: (line) => view.say(spoken(line)) }) };
}

/** A log line, as a person reads it. */
function spoken(line: string): string {
  const { level, message, time: _, metric: __, ...fields } = JSON.parse(line) as Record<string, unknown>;
  const facts = Object.entries(fields).map(
    ([name, value]) => `${name} ${typeof value === 'string' ? value : JSON.stringify(value)}`,
  );
  return `${String(level)}: ${String(message)}${facts.length === 0 ? '' : ` (${facts.join('; ')})`}`;
}

export type WatchedRun = Omit<RunOptions, 'goOn' | 'onPage' | 'parts'> & {
  readonly parts: readonly PartName[];
};

/** `--end-at-most`: of somebody who has looked at a dry run. Empty for who has not said. */
export function endAtMostIn(text: string | undefined): Pick<RunOptions, 'endAtMost'> {
  if (text === undefined) return {};
  if (!/^\d{1,9}$/.test(text)) throw new UsageError(`--end-at-most is a number from 0 on, not ${text}`);
  return { endAtMost: Number(text) };
}

/** Ctrl-C stops after the account under way: what was done is noted. */
export async function runWatched(
  services: ReconcileServices,
  { view }: Console,
  options: WatchedRun,
): Promise<RunResult> {
  const started = await services.checkpoint.load();
  if (started !== undefined && options.parts.includes(started.part)) {
    view.say(`An earlier run was cut off at ${started.part}: goes on from there (--fresh begins anew).`);
  }
  view.begin(options.parts);
  const stop = stopOnSignals(view);
  try {
    const goOn = () => stop.exitCode() === undefined;
    const result = await createReconcile(services)({ ...options, goOn, onPage: (page) => view.page(page) });
    view.end();
    if (!result.complete) {
      view.say('Stopped. The same command goes on from here.');
      process.exitCode = stop.exitCode() ?? 1;
    }
    return result;
  } catch (cause) {
    view.end();
    if (services.checkpoint !== nothingKept) view.say('Cut off. The same command goes on from here:');
    throw cause;
  } finally {
    stop.forget();
  }
}

const signals = [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const;

/** The first one stops in good order, the second at once. */
function stopOnSignals(view: ProgressView) {
  let code: number | undefined;
  const listeners = signals.map(([signal, exitCode]) => {
    const listener = () => {
      if (code !== undefined) process.exit(exitCode);
      code = exitCode;
      view.say('Stops when this account is done; once more ends it at once.');
    };
    process.on(signal, listener);
    return () => process.off(signal, listener);
  });
  return {
    exitCode: () => code,
    forget: () => {
      for (const off of listeners) off();
    },
  };
}

export function inOrder(parts: readonly PartName[]): readonly PartName[] {
  return partNames.filter((name) => parts.includes(name));
}
