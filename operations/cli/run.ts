/** Runs reconcile from a command: shows its progress, and stops it in good order on Ctrl-C. */
import { type CheckName, checkNames } from '../../core/reconcile/checks/index.ts';
import {
  createReconcile,
  type ReconcileServices,
  type RunOptions,
  type RunResult,
} from '../../core/reconcile/reconcile.ts';
import { UsageError } from './command.ts';
import type { Console } from './console.ts';
import type { ProgressView } from './progress.ts';
import type { RunState } from './run-state.ts';

export interface CommandRun extends Pick<RunOptions, 'dryRun' | 'maxDeletions' | 'onFindings'> {
  readonly checks: readonly CheckName[];
  readonly state: RunState;
}

/** `parseArgs` options of the deletion limit. The second is its name in version 0.1. */
export const deletionLimitOptions = {
  'max-deletions': { type: 'string' },
  'end-at-most': { type: 'string' },
} as const;

/** Returns the limit that the operator set, or nothing. */
export function readDeletionLimit(values: {
  readonly 'max-deletions'?: string | undefined;
  readonly 'end-at-most'?: string | undefined;
}): Pick<RunOptions, 'maxDeletions'> {
  const text = values['max-deletions'] ?? values['end-at-most'];
  if (text === undefined) return {};
  if (!/^\d{1,9}$/.test(text)) {
    throw new UsageError(`--max-deletions must be a whole number of 0 or more, not ${text}`);
  }
  return { maxDeletions: Number(text) };
}

export async function runInConsole(
  services: Omit<ReconcileServices, 'checkpoint'>,
  { view }: Console,
  { state, ...options }: CommandRun,
): Promise<RunResult> {
  const { checkpoint, isSaved, ...seen } = state;
  const saved = await checkpoint.load();
  if (saved !== undefined && options.checks.includes(saved.check)) {
    view.print(
      `An earlier run stopped at the check ${saved.check}. Resuming there; use --fresh to start over.`,
    );
  }
  view.begin(options.checks);
  const stop = stopOnSignals(view);
  try {
    const shouldContinue = () => stop.exitCode() === undefined;
    const run = createReconcile({ ...services, checkpoint });
    const result = await run({ ...options, ...seen, shouldContinue, onPage: (page) => view.page(page) });
    view.end();
    if (!result.complete) {
      view.print('Stopped. Run the same command again to resume.');
      process.exitCode = stop.exitCode() ?? 1;
    }
    return result;
  } catch (cause) {
    view.end();
    if (isSaved) view.print('The run failed. Run the same command again to resume it.');
    throw cause;
  } finally {
    stop.dispose();
  }
}

const signals = [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const;

/** The first signal lets the current repair finish, the second ends the process immediately. */
function stopOnSignals(view: ProgressView) {
  let code: number | undefined;
  const listeners = signals.map(([signal, exitCode]) => {
    const listener = () => {
      if (code !== undefined) process.exit(exitCode);
      code = exitCode;
      view.print('Stopping after the current repair. Press Ctrl-C again to stop immediately.');
    };
    process.on(signal, listener);
    return () => process.off(signal, listener);
  });
  return {
    exitCode: () => code,
    dispose: () => {
      for (const off of listeners) off();
    },
  };
}

export function inRunOrder(checks: readonly CheckName[]): readonly CheckName[] {
  return checkNames.filter((name) => checks.includes(name));
}
